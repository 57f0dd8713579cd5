/** A page or list with nothing in it: why, and what would change that. */

import type { ReactNode } from "react";

import classes from "./empty.module.css";

interface EmptyProps {
  readonly icon?: ReactNode;
  readonly title: string;
  /** It stands for the whole page, which has no other title. */
  readonly alone?: boolean;
  readonly children?: ReactNode;
}

export function Empty({ icon, title, alone = false, children }: EmptyProps) {
  return (
    <div className={classes["empty"]}>
      {icon}
      {alone ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </div>
  );
}
