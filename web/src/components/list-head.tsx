/** The head of a page that is a list: its title, how many there are, what belongs beside that; tools at the end. */

import type { ReactNode } from "react";

import classes from "./list-head.module.css";

interface ListHeadProps {
  readonly title: string;
  /** How many, in words; said again when it changes. Null while that is not known. */
  readonly count?: string | null;
  readonly tools?: ReactNode;
  readonly children?: ReactNode;
}

export function ListHead({ title, count, tools, children }: ListHeadProps) {
  return (
    <div className={classes["head"]}>
      <h1>{title}</h1>
      {count !== undefined && (
        <span className={classes["count"]} role="status">
          {count}
        </span>
      )}
      {children}
      {tools && <span className={classes["tools"]}>{tools}</span>}
    </div>
  );
}
