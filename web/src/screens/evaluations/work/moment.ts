/** A moment or a stretch of a call, as people read it: "1:05", "1:05–1:20". */

import { formatDuration } from "../../../lib/format";
import type { Feedback } from "../queries";

export function momentOf({ start_ms, end_ms }: Pick<Feedback, "start_ms" | "end_ms">): string {
  return end_ms === null || end_ms === undefined ? formatDuration(start_ms) : `${formatDuration(start_ms)}–${formatDuration(end_ms)}`;
}
