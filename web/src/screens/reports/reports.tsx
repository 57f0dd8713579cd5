/** Reports: published scores over time and by agent, team, form, question or evaluator; and all of it as CSV. */

import { Button, SegmentedControl, Select, Skeleton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useState } from "react";
import { useSearchParams } from "react-router";

import { agentChoicesQuery, teamChoicesQuery } from "../../api/queries";
import { Empty } from "../../components/empty";
import { IconChart, IconDownload } from "../../components/icons";
import { Card, Loaded, Page } from "../../components/page";
import parts from "../../components/parts.module.css";
import { useMay } from "../../components/use-may";
import { formNamesQuery } from "../evaluations/queries";
import type { Ask } from "./ask";
import { FILTERS, GROUPINGS, RANGES, periodOf, queryOf, readAsk } from "./ask";
import { Groups, Totals, namesOf } from "./figures";
import { scoresQuery } from "./queries";
import classes from "./reports.module.css";
import { useTexts } from "./texts";

const WeeksChart = lazy(async () => ({ default: (await import("./charts")).WeeksChart }));
const GroupsChart = lazy(async () => ({ default: (await import("./charts")).GroupsChart }));

export function Reports() {
  const t = useTexts();
  const may = useMay();
  if (may("reports.view")) return <Report />;
  return (
    <Empty title={t("refused.title")}>
      <title>{`${t("title")} · Deskreel`}</title>
      <h1 className="visually-hidden">{t("title")}</h1>
      <p>{t("refused.text")}</p>
    </Empty>
  );
}

function Report() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const [now] = useState(() => Date.now());
  const ask = readAsk(search);
  const wanted = queryOf(periodOf(ask.days, now, Intl.DateTimeFormat().resolvedOptions().timeZone), ask.filters);
  const weeks = useQuery(scoresQuery(wanted, "week"));
  const grouped = useQuery(scoresQuery(wanted, ask.by));
  const set = (name: string, value: string | null) => {
    setSearch(
      (before) => {
        if (value === null) before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  };
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      actions={
        <Button component="a" href={`/api/v1/reports/evaluations.csv?${csvSearch(wanted)}`} download="evaluations.csv" variant="default" leftSection={<IconDownload size={16} />}>
          {t("csv")}
        </Button>
      }
    >
      <Card flush>
        <Filters ask={ask} onChange={set} />
      </Card>
      <Loaded query={weeks} rows={6}>
        {(report) =>
          report.evaluations === 0 ? (
            <Card>
              <Empty icon={<IconChart size={32} />} title={t("none")}>
                <p>{t("noneText")}</p>
              </Empty>
            </Card>
          ) : (
            <>
              <Totals report={report} />
              <Card title={t("overTime")}>
                <Suspense fallback={<Skeleton height={240} />}>
                  <WeeksChart weeks={report.items} />
                </Suspense>
              </Card>
              <Card
                flush
                title={t("groups.title")}
                actions={
                  <SegmentedControl
                    aria-label={t("groups.label")}
                    data={GROUPINGS.map((one) => ({ value: one, label: t(`groups.${one}`) }))}
                    value={ask.by}
                    onChange={(value) => {
                      set("by", value);
                    }}
                  />
                }
              >
                <Loaded query={grouped}>
                  {(found) => (
                    <>
                      <div className={classes["chart"]}>
                        <Suspense fallback={<Skeleton height={120} />}>
                          <GroupsChart items={found.items} names={namesOf(found, t("noTeam"))} />
                        </Suspense>
                      </div>
                      <Groups report={found} />
                    </>
                  )}
                </Loaded>
              </Card>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function csvSearch(wanted: ReturnType<typeof queryOf>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  return search.toString();
}

function Filters({ ask, onChange }: { readonly ask: Ask; readonly onChange: (name: string, value: string | null) => void }) {
  const t = useTexts();
  const may = useMay();
  const forms = useQuery({ ...formNamesQuery, enabled: may("forms.view") });
  const teams = useQuery({ ...teamChoicesQuery, enabled: may("users.view") });
  const agents = useAgentChoices(ask.filters.agent);
  const choices = {
    form: forms.data?.map(({ id, name }) => ({ value: id, label: name })) ?? [],
    team: teams.data?.map(({ id, name }) => ({ value: id, label: name })) ?? [],
    agent: agents.choices,
  };
  return (
    <div className={parts["toolbar"]} role="search" aria-label={t("filters")}>
      <SegmentedControl
        aria-label={t("period")}
        data={RANGES.map((days) => ({ value: String(days), label: t("days", { count: days }) }))}
        value={String(ask.days)}
        onChange={(value) => {
          onChange("days", value);
        }}
      />
      {FILTERS.map((filter) => (
        <Select
          key={filter}
          label={t(`groups.${filter}`)}
          placeholder={t("all")}
          data={choices[filter]}
          value={ask.filters[filter]}
          onChange={(value) => {
            onChange(filter, value);
          }}
          {...(filter === "agent" ? { onSearchChange: agents.find } : {})}
          searchable
          clearable
          w={200}
        />
      ))}
    </div>
  );
}

/** Agents whose names hold what is looked for, and the one that is chosen. */
function useAgentChoices(chosen: string | null) {
  const may = useMay();
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text, 250);
  const [names] = useState(() => new Map<string, string>());
  const found = useQuery({ ...agentChoicesQuery(asked), enabled: may("users.view"), placeholderData: keepPreviousData });
  const listed = found.data ?? [];
  for (const { value, label } of listed) names.set(value, label);
  const isListed = chosen === null || listed.some(({ value }) => value === chosen);
  return {
    choices: isListed ? listed : [...listed, { value: chosen, label: names.get(chosen) ?? chosen }],
    // The field shows the name of whom it chose, which is nothing to look for.
    find: (typed: string) => {
      setText(chosen !== null && typed === names.get(chosen) ? "" : typed);
    },
  };
}
