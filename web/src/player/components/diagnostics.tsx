/** What playback measured about itself; closed until someone asks. */

import { useCallback } from "react";

import classes from "./player.module.css";
import { useSnapshot, useTicked } from "./player-context";

const MASTERS = { audio: "call audio", clock: "virtual clock" } as const;

export function Diagnostics({ clockUncertaintyMs }: { readonly clockUncertaintyMs: number | null }) {
  const { master, state, waitingFor } = useSnapshot();
  const sync = useTicked(
    useCallback((engine) => {
      const report = engine.syncReport();
      if (report.samples === 0) return "not measured yet";
      const figure = (value: number | null) => (value === null ? "–" : `${value.toFixed(0)} ms`);
      return `p50 ${figure(report.p50Ms)} · p95 ${figure(report.p95Ms)} · max ${figure(report.maxMs)} (${String(report.samples)} samples)`;
    }, []),
  );
  return (
    <dl className={classes["diagnostics"]}>
      <dt>Sync error</dt>
      <dd className="tabular">{sync}</dd>
      <dt>Led by</dt>
      <dd>{MASTERS[master]}</dd>
      <dt>State</dt>
      <dd>
        {state}
        {waitingFor !== null && `, for ${waitingFor}`}
      </dd>
      <dt>Recorder&apos;s clock</dt>
      <dd>{clockUncertaintyMs === null ? "not measured" : `± ${clockUncertaintyMs.toFixed(0)} ms`}</dd>
    </dl>
  );
}
