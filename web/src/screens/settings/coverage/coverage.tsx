/** Coverage: how much of what should have been captured was, by day, team, agent and reason, with what to do about it. */

import { Button, SegmentedControl, Skeleton } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useState } from "react";
import { useSearchParams } from "react-router";

import { api, unwrap } from "../../../api/client";
import { Coverage as Share } from "../../../components/coverage";
import { Empty } from "../../../components/empty";
import { Figures } from "../../../components/figures";
import { Card, Loaded, Page } from "../../../components/page";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import { saveFile } from "../../../components/save-file";
import { useMay } from "../../../components/use-may";
import { lastDays } from "../../../lib/days";
import { formatCode, formatDay, formatLength, formatNumber, formatShare } from "../../../lib/format";
import { NoPermission } from "../frame";
import type { CoverageAsk, CoverageGrouping, CoverageReport } from "../queries";
import { coverageQuery } from "../queries";
import { useTexts } from "../texts";
import classes from "./coverage.module.css";
import { RANGES, dayPoints, daysOf } from "./range";

const Chart = lazy(async () => ({ default: (await import("./chart")).CoverageChart }));

const GROUPINGS = ["day", "team", "agent", "reason"] as const satisfies readonly CoverageGrouping[];

export function Coverage() {
  const may = useMay();
  return may("interactions.view") ? <Report /> : <NoPermission />;
}

function Report() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const [now] = useState(() => Date.now());
  const days = daysOf(search.get("days"));
  const groupBy = GROUPINGS.find((one) => one === search.get("by")) ?? "reason";
  const ask: CoverageAsk = { ...lastDays(days, now), timezone: Intl.DateTimeFormat().resolvedOptions().timeZone };
  const byDay = useQuery(coverageQuery(ask, "day"));
  const grouped = useQuery(coverageQuery(ask, groupBy));
  const exporting = useMutation({
    mutationFn: async () => {
      const query = { ...ask, group_by: groupBy };
      saveFile(`coverage-${groupBy}.csv`, (await unwrap(api.GET("/api/v1/coverage.csv", { params: { query }, parseAs: "blob" }))) as unknown as Blob);
    },
  });
  const set = (name: string, value: string) => {
    setSearch((before) => {
      before.set(name, value);
      return before;
    }, { replace: true });
  };
  return (
    <Page
      title={t("coverage.title")}
      lead={t("coverage.lead")}
      actions={
        <>
          <SegmentedControl
            aria-label={t("coverage.range")}
            data={RANGES.map((one) => ({ value: String(one), label: t("coverage.days", { count: one }) }))}
            value={String(days)}
            onChange={(value) => { set("days", value); }}
          />
          <Button variant="default" size="sm" loading={exporting.isPending} onClick={() => { exporting.mutate(); }}>
            {t("coverage.csv")}
          </Button>
        </>
      }
    >
      {exporting.isError && <ProblemNotice error={exporting.error} />}
      <Loaded query={byDay} rows={6}>
        {(report) =>
          report.interactions === 0 ? (
            <Card>
              <Empty title={t("coverage.none")}>
                <p>{t("coverage.noneText")}</p>
              </Empty>
            </Card>
          ) : (
            <>
              <Totals report={report} />
              <Card title={t("coverage.perDay")}>
                <Suspense fallback={<Skeleton height={240} />}>
                  <Chart points={dayPoints(report.items, ask.from, ask.to)} />
                </Suspense>
              </Card>
              <Card
                flush
                title={t("coverage.where")}
                actions={
                  <SegmentedControl
                    aria-label={t("coverage.by")}
                    data={GROUPINGS.map((one) => ({ value: one, label: t(`coverage.groups.${one}`) }))}
                    value={groupBy}
                    onChange={(value) => { set("by", value); }}
                  />
                }
              >
                <Loaded query={grouped}>{(found) => <Groups report={found} />}</Loaded>
              </Card>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Totals({ report }: { readonly report: CoverageReport }) {
  const t = useTexts();
  const figures = [
    [t("coverage.share"), report.coverage === null ? "–" : formatShare(report.coverage)],
    [t("coverage.expected"), formatLength(report.expected_ms)],
    [t("coverage.captured"), formatLength(report.captured_ms)],
    [t("coverage.missing"), formatLength(report.missing_ms)],
    [t("coverage.parts"), formatNumber(report.interactions)],
  ] as const;
  return <Figures of={figures} />;
}

function Groups({ report }: { readonly report: CoverageReport }) {
  const t = useTexts();
  const byReason = report.group_by === "reason";
  if (report.items.length === 0) return <Empty title={byReason ? t("coverage.nothingMissing") : t("coverage.none")} />;
  return (
    <table className={parts["table"]}>
      <caption className="visually-hidden">{t("coverage.where")}</caption>
      <thead>
        <tr>
          <th scope="col">{t(`coverage.groups.${report.group_by}`)}</th>
          <th scope="col" className={parts["end"]}>{t("coverage.parts")}</th>
          <th scope="col" className={parts["end"]}>{t("coverage.missing")}</th>
          {byReason ? <th scope="col">{t("coverage.advice")}</th> : <th scope="col">{t("coverage.share")}</th>}
        </tr>
      </thead>
      <tbody>
        {report.items.map((item) => (
          <tr key={item.key}>
            <th scope="row">
              <span className={parts["cut"]} title={item.name}>{nameOf(report.group_by, item, t("coverage.noTeam"))}</span>
            </th>
            <td className={`${parts["end"] ?? ""} tabular`}>{formatNumber(item.interactions)}</td>
            <td className={`${parts["end"] ?? ""} tabular`}>{formatLength(item.missing_ms)}</td>
            <td>{byReason ? <span className={classes["advice"]}>{item.advice}</span> : <Share share={item.coverage ?? null} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function nameOf(groupBy: CoverageGrouping, item: CoverageReport["items"][number], noTeam: string): string {
  if (groupBy === "reason") return formatCode(item.key);
  if (groupBy === "day") return formatDay(Date.parse(`${item.key}T12:00`));
  return item.name || noTeam;
}
