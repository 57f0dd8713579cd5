/** The network check: what a browser can find out of the way from here to a media region, for anybody who is signed in. */

import { Button, CopyButton, Loader, Select } from "@mantine/core";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";

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

export function NetworkCheck() {
  const [search, setSearch] = useSearchParams();
  const [count, setCount] = useState(0);
  const region = search.get("region");
  return (
    <div className={classes["page"]}>
      <Run
        key={`${region ?? ""} ${String(count)}`}
        region={region}
        onRegion={(name) => {
          setSearch({ region: name });
        }}
        onAgain={() => {
          setCount(count + 1);
        }}
      />
    </div>
  );
}

interface RunProps {
  readonly region: string | null;
  readonly onRegion: (name: string) => void;
  readonly onAgain: () => void;
}

interface Progress {
  readonly facts: Facts | null;
  /** Wall time of the end; null: it goes on. */
  readonly endedAt: number | null;
  readonly fault: unknown;
}

/** One run, from when it appears until it is left. */
function Run({ region, onRegion, onAgain }: RunProps) {
  const t = useTexts();
  const [{ facts, endedAt, fault }, setProgress] = useState<Progress>({ facts: null, endedAt: null, fault: null });
  useEffect(() => {
    const stop = new AbortController();
    const tell = (found: Facts) => {
      setProgress({ facts: found, endedAt: null, fault: null });
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
  }, [region]);
  const rows = facts === null ? [] : judge(facts);
  const running = endedAt === null;
  const report = facts === null || running ? null : { region: facts.plan?.region ?? region, at: endedAt, facts, rows };
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      actions={
        <>
          <Regions names={facts?.plan?.regions ?? []} chosen={facts?.plan?.region ?? region} onChoose={onRegion} />
          <Button size="sm" loading={running} onClick={onAgain}>
            {t("again")}
          </Button>
        </>
      }
    >
      {fault !== null && <ProblemNotice error={fault} onRetry={onAgain} />}
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
        <Copies report={report} />
      </span>
    </section>
  );
}

function Copies({ report }: { readonly report: Report }) {
  const t = useTexts();
  const forms = [
    { label: t("copyText"), value: textOf(report, t) },
    { label: t("copyJson"), value: jsonOf(report, t, navigator.userAgent) },
  ];
  return forms.map(({ label, value }) => (
    <CopyButton key={label} value={value}>
      {({ copied, copy }) => (
        <Button variant="default" size="compact-sm" onClick={copy}>
          {copied ? t("common:action.copied") : label}
        </Button>
      )}
    </CopyButton>
  ));
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
