/** A page or list with nothing in it: why, and what would change that. */

import type { ReactNode } from "react";

import classes from "./empty.module.css";

interface EmptyProps {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className={classes["empty"]}>
      {icon}
      <h2>{title}</h2>
      {children}
    </div>
  );
}
