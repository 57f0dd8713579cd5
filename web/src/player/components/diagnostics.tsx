/** What playback measured about itself; closed until someone asks. */

import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import { formatNumber } from "../../lib/format";
import classes from "./player.module.css";
import { useSnapshot, useTicked } from "./player-context";

interface DiagnosticsProps {
  readonly clockUncertaintyMs: number | null;
  /** How far another tab's picture is from this one, as it says itself. */
  readonly otherTab: { readonly apartMs: number; readonly withinMs: number } | null;
}

export function Diagnostics({ clockUncertaintyMs, otherTab }: DiagnosticsProps) {
  const { t } = useTranslation("player");
  const { master, state, waitingFor } = useSnapshot();
  const sync = useTicked(
    useCallback(
      (engine) => {
        const { samples, p50Ms, p95Ms, maxMs } = engine.syncReport();
        if (p50Ms === null || p95Ms === null || maxMs === null) return t("diagnostics.notYet");
        const [p50, p95, max] = [p50Ms, p95Ms, maxMs].map((ms) => formatNumber(ms)) as [string, string, string];
        return t("diagnostics.figures", { p50, p95, max, count: samples });
      },
      [t],
    ),
  );
  return (
    <dl className={classes["diagnostics"]}>
      <dt>{t("diagnostics.sync")}</dt>
      <dd className="tabular" data-testid="sync-figures">
        {sync}
      </dd>
      <dt>{t("diagnostics.master")}</dt>
      <dd>{t(`diagnostics.${master}`)}</dd>
      <dt>{t("diagnostics.state")}</dt>
      <dd>{waitingFor === null ? t(`state.${state}`) : t(`state.waiting_${waitingFor}`)}</dd>
      <dt>{t("diagnostics.recorderClock")}</dt>
      <dd>
        {clockUncertaintyMs === null
          ? t("diagnostics.notMeasured")
          : t("diagnostics.within", { ms: formatNumber(clockUncertaintyMs) })}
      </dd>
      <dt>{t("diagnostics.otherTab")}</dt>
      <dd>
        {otherTab === null
          ? t("diagnostics.otherTabNone")
          : t("diagnostics.otherTabFigures", { ms: formatNumber(otherTab.apartMs), within: formatNumber(otherTab.withinMs) })}
      </dd>
    </dl>
  );
}
