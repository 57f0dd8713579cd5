/** Evaluations: what is to be done, what is disputed, and all; narrowed by the filters in the address. */

import { Button, Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useSearchParams } from "react-router";

import { problemOf } from "../../../api/problem";
import { Empty } from "../../../components/empty";
import { IconClipboard, IconPlus, IconSearch } from "../../../components/icons";
import { Card } from "../../../components/page";
import { ProblemNotice } from "../../../components/problem-notice";
import { useMay } from "../../../components/use-may";
import { Rooms } from "../parts/frame";
import { evaluationsQuery } from "../queries";
import { useTexts } from "../texts";
import { FilterBar } from "./filter-bar";
import type { Filters } from "./filters";
import { isNarrowed, readFilters, toQuery, writeFilters } from "./filters";
import { Rows } from "./rows";

/** Where each list stood, for the way back from an evaluation; as long as the pages are open. */
const places = new Map<string, { offset: number }>();

export function Evaluations() {
  const t = useTexts();
  const may = useMay();
  const [search, setSearch] = useSearchParams();
  const filters = readFilters(search, may("evaluations.score") ? "mine" : "all");
  const list = useInfiniteQuery(evaluationsQuery(toQuery(filters)));
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const key = writeFilters(filters).toString();
  const more = !list.hasNextPage ? "none" : list.isFetchNextPageError ? "failed" : list.isFetchingNextPage ? "loading" : "waiting";
  const change = (next: Filters) => {
    setSearch(writeFilters(next), { replace: true });
  };
  if (list.isError && problemOf(list.error).status === 403) return <NotAllowed hint={problemOf(list.error).hint} />;
  return (
    <>
      <title>{`${t("title")} · Deskreel`}</title>
      <Rooms>
        {may("evaluations.score") && (
          <Button component={Link} to="/evaluations/new" size="compact-md" leftSection={<IconPlus size={16} />}>
            {t("new.title")}
          </Button>
        )}
      </Rooms>
      <h1 className="visually-hidden">{t("title")}</h1>
      <Card flush>
        <FilterBar filters={filters} onChange={change} />
        {list.isError && !list.isFetchNextPageError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
        {list.isPending && (
          <div role="status" aria-label={t("common:loading")}>
            {Array.from({ length: 8 }, (_, index) => (
              <Skeleton key={index} height={16} m="lg" width="auto" />
            ))}
          </div>
        )}
        {list.isSuccess && items.length === 0 && <Nothing filters={filters} onChange={change} />}
        {items.length > 0 && <Rows key={key} items={items} more={more} onMore={() => void list.fetchNextPage()} place={placeOf(key)} />}
      </Card>
    </>
  );
}

function placeOf(key: string): { offset: number } {
  const place = places.get(key) ?? { offset: 0 };
  places.set(key, place);
  return place;
}

function Nothing({ filters, onChange }: { readonly filters: Filters; readonly onChange: (filters: Filters) => void }) {
  const t = useTexts();
  if (isNarrowed(filters)) {
    return (
      <Empty icon={<IconSearch size={32} />} title={t("list.nothing")}>
        <Button
          variant="default"
          onClick={() => {
            onChange(readFilters(new URLSearchParams({ view: filters.view }), filters.view));
          }}
        >
          {t("list.clear")}
        </Button>
      </Empty>
    );
  }
  return (
    <Empty icon={<IconClipboard size={32} />} title={t(`list.empty.${filters.view}`)}>
      <p>{t(`list.emptyText.${filters.view}`)}</p>
    </Empty>
  );
}

export function NotAllowed({ hint }: { readonly hint?: string | null }) {
  const t = useTexts();
  return (
    <Empty title={t("refused.title")}>
      <title>{`${t("title")} · Deskreel`}</title>
      <h1 className="visually-hidden">{t("title")}</h1>
      <p>{hint ?? t("refused.text")}</p>
    </Empty>
  );
}
