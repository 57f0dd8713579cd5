/** Pictures of moments, for the pointer over the timeline; made by the server when a screen recording is finished. */

import { useQueries } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { ReactNode } from "react";

import type { InteractionDetails } from "../../api/client";
import { usePlayerParts } from "./player-context";
import classes from "./timeline.module.css";

interface Tile {
  readonly at: number;
  readonly until: number | null;
  readonly uri: string;
}

interface Tiles {
  readonly width: number;
  readonly height: number;
  readonly tiles: readonly Tile[];
}

/** Null where there are none; then the timeline shows the time alone. */
export function useThumbnails(details: InteractionDetails, originWallMs: number): ((positionMs: number) => ReactNode) | undefined {
  const { engine } = usePlayerParts();
  const recordings = useMemo(() => details.screen_recordings.filter((one) => one.thumbnails_url), [details]);
  const answers = useQueries({
    queries: recordings.map((recording) => ({
      queryKey: ["thumbnails", recording.id],
      queryFn: async () => {
        const base = new URL(recording.thumbnails_url ?? "", window.location.href);
        const response = await fetch(base);
        if (!response.ok) throw new Error(`Thumbnails: ${String(response.status)}`);
        const found = (await response.json()) as Tiles;
        return { ...found, id: recording.id, tiles: found.tiles.map((tile) => ({ ...tile, uri: new URL(tile.uri, base).href })) };
      },
      staleTime: Infinity,
      retry: false,
    })),
  });
  const known = answers.flatMap(({ data }) => data ?? []);
  const show = useCallback(
    (positionMs: number) => {
      const { screenId } = engine.getSnapshot();
      const wallMs = originWallMs + positionMs;
      const sheet = known.find(({ id }) => id === screenId) ?? known[0];
      const tile = sheet?.tiles.findLast(({ at, until }) => at <= wallMs && (until === null || wallMs < until));
      if (!sheet || !tile) return null;
      return <img className={classes["thumbnail"]} src={tile.uri} width={sheet.width} height={sheet.height} alt="" data-testid="thumbnail" />;
    },
    [engine, known, originWallMs],
  );
  return known.length > 0 ? show : undefined;
}
