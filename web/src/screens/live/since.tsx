/** How long something has been going on, counting. */

import { useNow } from "../../components/use-now";
import { formatDuration } from "../../lib/format";

export function Since({ wallMs, clockMs }: { readonly wallMs: number; readonly clockMs: number }) {
  return <>{formatDuration(useNow(1000) + clockMs - wallMs)}</>;
}
