/** The head of a page about one thing: the way back to its list, its name, what it is, what can be done with it. */

import type { ReactNode } from "react";
import { Link } from "react-router";

import { IconLeft } from "./icons";
import classes from "./title-bar.module.css";

interface TitleBarProps {
  readonly backTo: string;
  readonly back: string;
  readonly title: string;
  readonly sub: ReactNode;
  readonly tools: ReactNode;
}

export function TitleBar({ backTo, back, title, sub, tools }: TitleBarProps) {
  return (
    <header className={classes["head"]}>
      <Link to={backTo} className={classes["back"]}>
        <IconLeft size={16} />
        {back}
      </Link>
      <h1>{title}</h1>
      <span className={classes["sub"]}>{sub}</span>
      <span className={classes["tools"]}>{tools}</span>
    </header>
  );
}
