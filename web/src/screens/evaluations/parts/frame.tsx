/** What the pages of this room share: the way between them, and how a state and a score look. */

import type { ReactNode } from "react";
import { NavLink } from "react-router";

import type { Level } from "../../../components/state";
import { State } from "../../../components/state";
import { useMay } from "../../../components/use-may";
import { formatScore } from "../../../lib/format";
import type { EvaluationState, EvaluationSummary } from "../queries";
import { useTexts } from "../texts";
import classes from "./frame.module.css";

export function Rooms({ children }: { readonly children?: ReactNode }) {
  const t = useTexts();
  const may = useMay();
  return (
    <div className={classes["rooms"]}>
      <nav aria-label={t("rooms.label")}>
        <NavLink to="/evaluations" end>
          {t("rooms.evaluations")}
        </NavLink>
        {may("forms.view") && <NavLink to="/evaluations/calibrations">{t("rooms.calibrations")}</NavLink>}
        {may("evaluations.manage") && <NavLink to="/evaluations/sampling">{t("rooms.sampling")}</NavLink>}
      </nav>
      {children}
    </div>
  );
}

const LEVELS: Readonly<Record<EvaluationState, Level>> = {
  assigned: "off",
  draft: "waiting",
  published: "good",
  acknowledged: "good",
  disputed: "bad",
  answered: "good",
  cancelled: "off",
};

export function StateOf({ state }: { readonly state: EvaluationState }) {
  const t = useTexts();
  return <State level={LEVELS[state]}>{t(`states.${state}`)}</State>;
}

export function ScoreOf({ score, failed }: Pick<EvaluationSummary, "score" | "failed">) {
  const t = useTexts();
  return (
    <span className={`tabular ${classes["score"] ?? ""}`} data-failed={failed}>
      {score === null ? "–" : formatScore(score)}
      {failed && <small>{t("failed")}</small>}
    </span>
  );
}
