/** Pictures of moments, for the pointer over the timeline; made by the server when a screen recording is finished. */

import { useQueries } from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import type { ReactNode } from "react";

import type { InteractionDetails } from "../../api/client";
import type { Tiles } from "../lib/tiles";
import { tileAt } from "../lib/tiles";
import { usePlayerParts } from "./player-context";
import classes from "./timeline.module.css";

/** Null where there are none; then the timeline shows the time alone. */
export function useThumbnails(
  details: InteractionDetails,
  originWallMs: number,
  refresh: () => Promise<unknown>,
): ((positionMs: number) => ReactNode) | undefined {
  const { engine } = usePlayerParts();
  const recordings = useMemo(() => details.screen_recordings.filter((one) => one.thumbnails_url), [details]);
  const answers = useQueries({
    queries: recordings.map((recording) => ({
      queryKey: ["thumbnails", recording.id],
      queryFn: async () => {
        const response = await fetch(recording.thumbnails_url ?? "");
        if (!response.ok) throw new Error(`Thumbnails: ${String(response.status)}`);
        return { ...((await response.json()) as Tiles), id: recording.id };
      },
      staleTime: Infinity,
      retry: false,
    })),
  });
  const known = answers.flatMap(({ data }) => data ?? []);
  const renewed = useRef<string | null>(null);
  const show = useCallback(
    (positionMs: number) => {
      const { screenId } = engine.getSnapshot();
      const wallMs = originWallMs + positionMs;
      const found = tileAt(known, wallMs, screenId);
      const base = recordings.find(({ id }) => id === found?.sheet.id)?.thumbnails_url;
      if (!found || !base) return null;
      const { sheet, tile } = found;
      return (
        <img
          className={classes["thumbnail"]}
          src={new URL(tile.uri, new URL(base, window.location.href)).href}
          width={sheet.width}
          height={sheet.height}
          alt=""
          data-testid="thumbnail"
          onError={() => {
            // The address is good for minutes only; asked once for each, as a picture may be gone as well.
            if (renewed.current === base) return;
            renewed.current = base;
            void refresh();
          }}
        />
      );
    },
    [engine, known, recordings, originWallMs, refresh],
  );
  return known.length > 0 ? show : undefined;
}
