/** The network check: what a browser can find out of the way from here to a media region, for anybody who is signed in. */

import { Button, Loader, Select } from "@mantine/core";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";

import { CopyText } from "../../components/copy-text";
import { Card, Page } from "../../components/page";
import parts from "../../components/parts.module.css";
import { ProblemNotice } from "../../components/problem-notice";
import { formatMoment } from "../../lib/format";
import { Command } from "../recorders/command";
import { browserPorts } from "./engine/browser";
import { examine } from "./engine/check";
import type { Facts } from "./engine/facts";
import { judge } from "./engine/judge";
import { CHECKS, isLive } from "./engine/rows";
import classes from "./network-check.module.css";
import { RowsTable } from "./rows-table";
import { useTexts } from "./texts";
import type { Report } from "./words";
import { jsonOf, liveOf, overallOf, textOf } from "./words";

interface Progress {
  readonly facts: Facts | null;
  /** Wall time of the end; null: it goes on. */
  readonly endedAt: number | null;
  readonly fault: unknown;
}

export function NetworkCheck() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const region = search.get("region");
  const [count, setCount] = useState(0);
  const [{ facts, endedAt, fault }, setProgress] = useState<Progress>({ facts: null, endedAt: null, fault: null });
  /** Of the run before, too: the choice stays where it is while the next one has not asked yet. */
  const [regions, setRegions] = useState<readonly string[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const tell = (found: Facts) => {
      setProgress({ facts: found, endedAt: null, fault: null });
      if (found.plan) setRegions(found.plan.regions);
    };
    examine(browserPorts(), region, tell, stop.signal)
      .then((found) => {
        setProgress({ facts: found, endedAt: Date.now(), fault: null });
      })
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setProgress((before) => ({ ...before, endedAt: Date.now(), fault: error }));
      });
    return () => {
      stop.abort();
    };
  }, [region, count]);
  const again = () => {
    setCount(count + 1);
  };
  const rows = facts === null ? [] : judge(facts);
  const running = endedAt === null;
  const report = facts === null || running ? null : { region: facts.plan?.region ?? region, at: endedAt, facts, rows };
  return (
    <div className={classes["page"]}>
      <Page
        title={t("title")}
        lead={t("lead")}
        actions={
          <>
            <Regions
              names={regions}
              chosen={facts?.plan?.region ?? region}
              onChoose={(name) => {
                setSearch({ region: name });
              }}
            />
            <Button
              size="sm"
              // Not disabled in earnest: it would lose the focus.
              data-disabled={running}
              aria-disabled={running}
              onClick={() => {
                if (!running) again();
              }}
            >
              {t("again")}
            </Button>
          </>
        }
      >
        {fault !== null && <ProblemNotice error={fault} onRetry={again} />}
        <Overall report={report} />
        {([false, true] as const).map((live) => {
          const checks = CHECKS.filter((check) => isLive(check) === live);
          if (!running && !rows.some(({ check }) => isLive(check) === live)) return null;
          const title = t(live ? "groups.live" : "groups.recording");
          return (
            <Card key={title} flush title={title}>
              <RowsTable title={title} checks={checks} rows={rows} running={running} />
            </Card>
          );
        })}
        <Card title={t("beyond.title")} lead={t("beyond.text")}>
          <Command text="deskreel doctor" />
        </Card>
      </Page>
    </div>
  );
}

function Overall({ report }: { readonly report: Report | null }) {
  const t = useTexts();
  if (report === null) {
    return (
      <section className={classes["overall"]} role="status">
        <h2>
          <Loader size="xs" />
          {t("running")}
        </h2>
      </section>
    );
  }
  const { region, at, facts, rows } = report;
  const verdict = overallOf(rows);
  const live = liveOf(facts);
  return (
    <section className={classes["overall"]} role="status" data-testid="overall" data-verdict={verdict}>
      <div>
        <h2>{t(`overall.${verdict}`)}</h2>
        {live !== null && <p>{t(`live.${live}`)}</p>}
        <small>{t("checkedAt", { region: region ?? "–", moment: formatMoment(at, at) })}</small>
      </div>
      <span className={parts["rowActions"]}>
        <CopyText label={t("copyText")} value={textOf(report, t)} />
        <CopyText label={t("copyJson")} value={jsonOf(report, t, navigator.userAgent)} />
      </span>
    </section>
  );
}

interface RegionsProps {
  readonly names: readonly string[];
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}

function Regions({ names, chosen, onChoose }: RegionsProps) {
  const t = useTexts();
  if (names.length < 2) return null;
  return (
    <Select
      aria-label={t("region")}
      w="10rem"
      size="sm"
      allowDeselect={false}
      data={[...names]}
      value={chosen}
      onChange={(name) => {
        if (name !== null) onChoose(name);
      }}
    />
  );
}
