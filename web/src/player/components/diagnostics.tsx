/** What playback measured about itself; there only while it is looked at. */

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { formatNumber } from "../../lib/format";
import classes from "./player.module.css";
import { usePlayerParts, useSnapshot } from "./player-context";

/** Each look sorts all that was measured. */
const LOOK_MS = 1000;

interface DiagnosticsProps {
  readonly clockUncertaintyMs: number | null;
  /** How far another tab's picture is from this one, as it says itself. */
  readonly otherTab: { readonly apartMs: number; readonly withinMs: number } | null;
}

export function Diagnostics({ clockUncertaintyMs, otherTab }: DiagnosticsProps) {
  const { t } = useTranslation("player");
  const { master, state, waitingFor } = useSnapshot();
  const { samples, p50Ms, p95Ms, maxMs } = useSyncReport();
  const [p50, p95, max] = [p50Ms, p95Ms, maxMs].map((ms) => (ms === null ? null : formatNumber(ms)));
  const sync = p50 && p95 && max ? t("diagnostics.figures", { p50, p95, max, count: samples }) : t("diagnostics.notYet");
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

function useSyncReport() {
  const { engine } = usePlayerParts();
  const [report, setReport] = useState(() => engine.syncReport());
  useEffect(() => {
    const timer = setInterval(() => {
      setReport(engine.syncReport());
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
    };
  }, [engine]);
  return report;
}
