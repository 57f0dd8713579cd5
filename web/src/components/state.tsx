/** A state as a dot with its name; the dot never stands alone. */

import type { ReactNode } from "react";

import classes from "./parts.module.css";

export type Level = "good" | "waiting" | "bad" | "off";

export function State({ level, children }: { readonly level: Level; readonly children: ReactNode }) {
  return (
    <span className={classes["state"]} data-state={level}>
      {children}
    </span>
  );
}
