/** Activities: the interactions that the filters in the address ask for. */

import { ActionIcon, Button, Skeleton, Tooltip } from "@mantine/core";
import { useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { problemOf } from "../../api/problem";
import { Empty } from "../../components/empty";
import { IconRefresh, IconScreen, IconSearch } from "../../components/icons";
import { ListHead } from "../../components/list-head";
import { ProblemNotice } from "../../components/problem-notice";
import { useNow } from "../../components/use-now";
import { formatNumber, startOfDay } from "../../lib/format";
import classes from "./activities.module.css";
import { ColumnMenu, useColumns } from "./column-menu";
import { FilterBar } from "./filter-bar";
import type { Filters } from "./filters";
import { NO_FILTERS, isUnfiltered, readFilters, toQuery, writeFilters } from "./filters";
import type { Place } from "./list";
import { List } from "./list";
import { useNames } from "./names";
import { useActivities } from "./use-activities";
import { useTexts } from "./texts";

/** Where each list stood, for the way back from the details; as long as the pages are open. */
const places = new Map<string, Place>();

export function Activities() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const key = search.toString();
  const filters = useMemo(() => readFilters(new URLSearchParams(key)), [key]);
  const today = startOfDay(new Date(useNow(60_000)));
  const question = useMemo(() => toQuery(filters, today), [filters, today]);
  const [columns, setColumns] = useColumns();
  const place = useMemo(() => placeOf(key), [key]);
  const [atTop, setAtTop] = useState(place.offset === 0);
  const { list, items, fresh, total, refresh } = useActivities(question, atTop);
  const names = useNames(items, filters.agent);
  const searchField = useRef<HTMLInputElement>(null);
  const change = useCallback((next: Filters) => { setSearch(writeFilters(next), { replace: true }); }, [setSearch]);
  const clear = () => {
    change({ ...NO_FILTERS, sort: filters.sort });
    searchField.current?.focus(); // the button goes with the filters
  };

  if (list.isError && problemOf(list.error).status === 403) return <Refused error={list.error} />;
  const more = !list.hasNextPage ? "none" : list.isFetchNextPageError ? "failed" : list.isFetchingNextPage ? "loading" : "waiting";
  return (
    <div className={classes["page"]}>
      <title>{t("page")}</title>
      <ListHead
        title={t("title")}
        count={total && t(total.exact ? "count" : "countMore", { count: total.count, number: formatNumber(total.count) })}
        tools={
          <>
            <ColumnMenu columns={columns} onChange={setColumns} />
            <Tooltip label={t("common:action.refresh")}>
              <ActionIcon variant="default" size={30} aria-label={t("common:action.refresh")} onClick={() => void refresh()}>
                <IconRefresh size={16} />
              </ActionIcon>
            </Tooltip>
          </>
        }
      >
        {fresh > 0 && (
          <Button
            size="compact-sm"
            onClick={() => {
              document.querySelector("[data-testid=activities]")?.scrollTo({ top: 0 });
              setAtTop(true);
            }}
          >
            {t("fresh", { count: fresh })}
          </Button>
        )}
      </ListHead>
      <FilterBar filters={filters} onChange={change} names={names} search={searchField} />
      {list.isError && !list.isFetchNextPageError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.isSuccess && items.length === 0 && <Nothing filters={filters} onClear={clear} />}
      {items.length > 0 && (
        <List
          key={key}
          items={items}
          columns={columns}
          sort={filters.sort}
          onSort={(sort) => {
            change({ ...filters, sort });
          }}
          total={total?.exact ? total.count : null}
          more={more}
          onMore={() => void list.fetchNextPage()}
          onTop={setAtTop}
          today={today}
          place={place}
        />
      )}
    </div>
  );
}

function placeOf(key: string): Place {
  const place = places.get(key) ?? { offset: 0, active: null };
  places.set(key, place);
  return place;
}

function Nothing({ filters, onClear }: { readonly filters: Filters; readonly onClear: () => void }) {
  const t = useTexts();
  return (
    <div className={classes["card"]}>
      {isUnfiltered(filters) ? (
        <Empty icon={<IconScreen size={32} />} title={t("empty.title")}>
          <p>{t("empty.text")}</p>
        </Empty>
      ) : (
        <Empty icon={<IconSearch size={32} />} title={t("nothing.title")}>
          <p>{t("nothing.text")}</p>
          <Button variant="default" onClick={onClear}>
            {t("filter.clear")}
          </Button>
        </Empty>
      )}
    </div>
  );
}

function Refused({ error }: { readonly error: unknown }) {
  const t = useTexts();
  const { hint } = problemOf(error);
  return (
    <Empty alone title={t("refused.title")}>
      <title>{t("page")}</title>
      <p>{hint ?? t("refused.text")}</p>
    </Empty>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div className={classes["card"]} role="status" aria-label={t("loading")}>
      {Array.from({ length: 12 }, (_, index) => (
        <Skeleton key={index} height={14} m="md" width="auto" />
      ))}
    </div>
  );
}
