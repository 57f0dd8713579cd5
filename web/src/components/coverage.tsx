/** How much of what should have been captured was: a figure with a colour that never stands alone. */

import { formatShare } from "../lib/format";
import classes from "./coverage.module.css";

export function Coverage({ share }: { readonly share: number | null }) {
  if (share === null) return <span className={classes["none"]}>–</span>;
  const level = share >= 1 ? "full" : share >= 0.95 ? "most" : "part";
  return (
    <span className={`${classes["coverage"] ?? ""} tabular`} data-level={level}>
      <span className={classes["meter"]} aria-hidden="true">
        <span style={{ width: `${String(share * 100)}%` }} />
      </span>
      {formatShare(share)}
    </span>
  );
}
