/** The list as it is now: pages as one scrolls, and what is new or has changed since. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";

import type { InteractionQuery } from "../../api/client";
import { interactionsHeadQuery, interactionsQuery } from "../../api/queries";
import { mergeHead } from "./merge";

export function useActivities(question: InteractionQuery, atTop: boolean) {
  const client = useQueryClient();
  const options = interactionsQuery(question);
  const list = useInfiniteQuery(options);
  const newestFirst = (question.sort ?? "-time") === "-time";
  const first = list.data?.pages[0];
  const head = useQuery({
    ...interactionsHeadQuery(question),
    enabled: first !== undefined,
    ...(first ? { initialData: first, initialDataUpdatedAt: list.dataUpdatedAt } : {}),
  });

  const { queryKey } = options;
  const fresh = useMemo(() => {
    if (!list.data || !head.data) return 0;
    return mergeHead(list.data.pages, head.data.items, { take: false, newestFirst }).fresh;
  }, [list.data, head.data, newestFirst]);

  useEffect(() => {
    if (!head.data) return;
    let gap = false;
    client.setQueryData(queryKey, (before) => {
      if (!before) return before;
      const merged = mergeHead(before.pages, head.data.items, { take: atTop, newestFirst });
      gap = merged.gap;
      return { ...before, pages: [...merged.pages] };
    });
    if (gap && atTop) void client.resetQueries({ queryKey, exact: true });
    // The key is made anew with each render; the question is what it stands for.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, head.data, question, atTop, newestFirst]);

  const refresh = useCallback(
    () => Promise.all([client.resetQueries({ queryKey, exact: true }), head.refetch()]),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [client, question],
  );
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  return { list, items, fresh: atTop ? 0 : fresh, total: head.data?.total ?? first?.total ?? null, refresh };
}
