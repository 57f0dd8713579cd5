/** What is being said, over the picture or in its place. */

import { useCallback } from "react";

import { formatSpeaker } from "../../lib/format";
import classes from "./player.module.css";
import type { Caption, PlayerHandle } from "./player-context";
import { usePlayerTicked } from "./player-context";

/** A caption stays a little longer than the words, so that short ones can be read. */
const LINGER_MS = 700;

interface CaptionsProps {
  readonly captions: readonly Caption[];
  /** Without a picture they have a row of their own, which stays where nobody speaks: else the page would jump. */
  readonly ownRow: boolean;
}

export function Captions({ captions, ownRow }: CaptionsProps) {
  const index = usePlayerTicked(
    useCallback(
      ({ positionMs }: PlayerHandle) => {
        const at = captions.findLastIndex((caption) => caption.startMs <= positionMs);
        const caption = captions[at];
        return caption && positionMs < caption.endMs + LINGER_MS ? at : -1;
      },
      [captions],
    ),
  );
  const caption = captions[index];
  if (!caption) return ownRow && <div className={classes["caption"]} />;
  return (
    <div className={classes["caption"]} data-testid="caption">
      {caption.speaker !== null && <strong>{formatSpeaker(caption.speaker)}: </strong>}
      {caption.text}
    </div>
  );
}
