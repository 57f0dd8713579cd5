/** What became of each delivery; those that were given up can be sent anew. */

import { Button, SegmentedControl, Select } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import { Empty } from "../../../components/empty";
import { Card, Loading } from "../../../components/page";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import type { Level } from "../../../components/state";
import { State } from "../../../components/state";
import { useNow } from "../../../components/use-now";
import { formatMoment } from "../../../lib/format";
import type { Delivery, DeliveryFilter, Endpoint } from "../queries";
import { deliveriesQuery } from "../queries";
import { useTexts } from "../texts";

const LEVELS: Readonly<Record<Delivery["state"], Level>> = { waiting: "waiting", delivered: "good", dead: "bad" };
const SHOWN = ["all", "waiting", "delivered", "dead"] as const;

interface DeliveriesProps {
  readonly endpoints: readonly Endpoint[];
  readonly manages: boolean;
}

export function Deliveries({ endpoints, manages }: DeliveriesProps) {
  const t = useTexts();
  const client = useQueryClient();
  const now = useNow(10_000);
  const [filter, setFilter] = useState<DeliveryFilter>({ state: null, endpoint: null });
  const query = useInfiniteQuery(deliveriesQuery(filter));
  const resend = useMutation({
    mutationFn: (id: string) =>
      unwrap(api.POST("/api/v1/webhook-deliveries/{delivery_id}/resend", { params: { path: { delivery_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["webhook-deliveries"] }),
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const urls = new Map(endpoints.map((one) => [one.id, one.url]));
  return (
    <Card flush title={t("deliveries.title")}>
      <div className={parts["toolbar"]}>
        <SegmentedControl
          aria-label={t("users.state")}
          data={SHOWN.map((value) => ({ value, label: value === "all" ? t("all") : t(`deliveries.states.${value}`) }))}
          value={filter.state ?? "all"}
          onChange={(value) => { setFilter({ ...filter, state: value === "all" ? null : (value as Delivery["state"]) }); }}
        />
        {endpoints.length > 1 && (
          <Select
            aria-label={t("webhooks.url")}
            placeholder={t("deliveries.every")}
            clearable
            w="20rem"
            data={endpoints.map((one) => ({ value: one.id, label: one.url }))}
            value={filter.endpoint}
            onChange={(endpoint) => { setFilter({ ...filter, endpoint }); }}
          />
        )}
      </div>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {resend.isError && <ProblemNotice error={resend.error} />}
      {query.isPending && <Loading />}
      {query.isSuccess && items.length === 0 && <Empty title={filter.state === "dead" ? t("deliveries.noneDead") : t("deliveries.none")} />}
      {items.length > 0 && (
        <table className={parts["table"]}>
          <caption className="visually-hidden">{t("deliveries.title")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("deliveries.event")}</th>
              <th scope="col">{t("deliveries.when")}</th>
              <th scope="col">{t("users.state")}</th>
              <th scope="col">{t("deliveries.last")}</th>
              <th scope="col"><span className="visually-hidden">{t("actions")}</span></th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id}>
                <th scope="row">
                  {one.type}
                  <small className={parts["cut"]} title={urls.get(one.endpoint_id)}>{urls.get(one.endpoint_id) ?? one.endpoint_id}</small>
                </th>
                <td className="tabular">{formatMoment(one.created_at, now)}</td>
                <td>
                  <State level={LEVELS[one.state]}>{t(`deliveries.states.${one.state}`)}</State>
                  <small className="tabular">
                    {t("deliveries.attempts", { count: one.attempts })}
                    {one.state === "waiting" && one.next_at !== null && `, ${t("deliveries.next", { at: formatMoment(one.next_at, now) })}`}
                  </small>
                </td>
                <td>
                  {one.last_status ?? "–"}
                  {one.last_error && <small className={parts["cut"]} title={one.last_error}>{one.last_error}</small>}
                </td>
                <td className={parts["end"]}>
                  {manages && one.state !== "waiting" && (
                    <Button
                      variant="default"
                      size="compact-sm"
                      loading={resend.isPending && resend.variables === one.id}
                      onClick={() => { resend.mutate(one.id); }}
                    >
                      {t("deliveries.resend")}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {query.hasNextPage && (
        <div className={parts["more"]}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
    </Card>
  );
}
