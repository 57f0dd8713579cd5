/** What is being said, over the picture or in its place. */

import { useCallback } from "react";

import classes from "./player.module.css";
import type { Caption, PlayerHandle } from "./player-context";
import { usePlayerTicked } from "./player-context";

/** A caption stays a little longer than the words, so that short ones can be read. */
const LINGER_MS = 700;

export function Captions({ captions }: { readonly captions: readonly Caption[] }) {
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
  if (!caption) return null;
  return (
    <div className={classes["caption"]} data-testid="caption">
      {caption.speaker !== null && <strong>{caption.speaker}: </strong>}
      {caption.text}
    </div>
  );
}
