/** Facts below each other: what it is, and beside it how it is. */

import type { ReactNode } from "react";

import classes from "./facts.module.css";

export function FactList({ children }: { readonly children: ReactNode }) {
  return <dl className={classes["facts"]}>{children}</dl>;
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="tabular">{children}</dd>
    </>
  );
}
