/** The wall: the calls that are in progress now, each with its newest picture. */

import { Button, Select, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import type { RefObject } from "react";
import { useSearchParams } from "react-router";

import { problemOf } from "../../api/problem";
import { Empty } from "../../components/empty";
import { IconScreen, IconSearch } from "../../components/icons";
import { ListHead } from "../../components/list-head";
import { ProblemNotice } from "../../components/problem-notice";
import { SearchField } from "../../components/search-field";
import { CallCard } from "./call-card";
import type { Filter } from "./filter";
import { LONGEST_TEXT, NO_TEAM, STATES, fits, inOrder, readFilter, teamsOf, writeFilter } from "./filter";
import type { LiveCall } from "./queries";
import { liveCallsQuery } from "./queries";
import { useTexts } from "./texts";
import classes from "./wall.module.css";

export function Wall() {
  const t = useTexts();
  const query = useQuery(liveCallsQuery);
  const [search, setSearch] = useSearchParams();
  const key = search.toString();
  const filter = useMemo(() => readFilter(new URLSearchParams(key)), [key]);
  const change = useCallback((next: Filter) => { setSearch(writeFilter(next), { replace: true }); }, [setSearch]);
  const calls = useMemo(() => inOrder(query.data?.items ?? []), [query.data]);
  const shown = useMemo(() => calls.filter((call) => fits(call, filter)), [calls, filter]);
  const isFiltered = key !== "";
  const total = query.data?.total;
  const searchField = useRef<HTMLInputElement>(null);
  if (query.isError && problemOf(query.error).status === 403) {
    return (
      <Empty alone title={t("refused.title")}>
        <title>{`${t("title")} · Deskreel`}</title>
        <p>{t("refused.text")}</p>
      </Empty>
    );
  }
  return (
    <>
      <title>{`${t("title")} · Deskreel`}</title>
      <ListHead title={t("title")} count={total === undefined ? null : isFiltered ? t("shown", { shown: shown.length, total }) : t("count", { count: total })} />
      {(calls.length > 0 || isFiltered) && <Filters calls={calls} filter={filter} onChange={change} search={searchField} />}
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <div className={classes["grid"]} role="status" aria-label={t("common:loading")}>
          {Array.from({ length: 8 }, (_, index) => (
            <Skeleton key={index} height={230} />
          ))}
        </div>
      )}
      {query.isSuccess && shown.length === 0 && (
        <div className={classes["nothing"]}>
          {calls.length === 0 ? (
            <Empty icon={<IconScreen size={32} />} title={t("empty.title")}>
              <p>{t("empty.text")}</p>
            </Empty>
          ) : (
            <Empty icon={<IconSearch size={32} />} title={t("nothing.title")}>
              <p>{t("nothing.text")}</p>
              <Button
                variant="default"
                onClick={() => {
                  change({ text: "", state: null, team: null });
                  searchField.current?.focus(); // the button goes with the filters
                }}
              >
                {t("nothing.clear")}
              </Button>
            </Empty>
          )}
        </div>
      )}
      {shown.length > 0 && (
        <ul className={classes["grid"]} aria-label={t("caption")} data-testid="wall">
          {shown.map((call) => (
            <CallCard key={call.screen_recording_id} call={call} clockMs={query.data?.clockMs ?? 0} />
          ))}
        </ul>
      )}
    </>
  );
}

interface FiltersProps {
  readonly calls: readonly LiveCall[];
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
  readonly search: RefObject<HTMLInputElement | null>;
}

function Filters({ calls, filter, onChange, search }: FiltersProps) {
  const t = useTexts();
  const teams = [
    { value: "", label: t("allTeams") },
    ...teamsOf(calls).map(({ id, name }) => ({ value: id, label: name })),
    ...(calls.some(({ team }) => team === null) ? [{ value: NO_TEAM, label: t("noTeam") }] : []),
  ];
  // A team whose calls are over is still what is asked for.
  const isKnown = filter.team === null || teams.some(({ value }) => value === filter.team);
  return (
    <search className={classes["filters"]}>
      <SearchField
        ref={search}
        className={classes["search"] ?? ""}
        text={filter.text}
        onText={(text) => { onChange({ ...filter, text }); }}
        aria-label={t("search")}
        placeholder={t("searchHint")}
        leftSection={<IconSearch size={16} />}
        maxLength={LONGEST_TEXT}
      />
      <Select
        aria-label={t("team")}
        data={isKnown ? teams : [...teams, { value: filter.team ?? "", label: "–" }]}
        value={filter.team ?? ""}
        allowDeselect={false}
        onChange={(team) => { onChange({ ...filter, team: team || null }); }}
      />
      <Select
        aria-label={t("stateFilter")}
        data={[{ value: "", label: t("states.all") }, ...STATES.map((value) => ({ value, label: t(`states.${value}`) }))]}
        value={filter.state ?? ""}
        allowDeselect={false}
        onChange={(state) => { onChange({ ...filter, state: STATES.find((one) => one === state) ?? null }); }}
      />
    </search>
  );
}
