/** Webhooks: who is told of what happens here, and what became of each delivery. */

import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import { ConfirmButton, SecretDialog } from "../../../components/dialogs";
import { Empty } from "../../../components/empty";
import { Card, Loaded, Page } from "../../../components/page";
import parts from "../../../components/parts.module.css";
import { State } from "../../../components/state";
import { useMay } from "../../../components/use-may";
import { useNow } from "../../../components/use-now";
import { formatMoment } from "../../../lib/format";
import type { Endpoint } from "../queries";
import { webhooksQuery } from "../queries";
import { useTexts } from "../texts";
import { Deliveries } from "./deliveries";
import { EndpointDialog } from "./endpoint-dialog";

export function Webhooks() {
  const t = useTexts();
  const manages = useMay()("settings.manage");
  const query = useQuery(webhooksQuery);
  const [editing, setEditing] = useState<string | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Page
      title={t("webhooks.title")}
      lead={t("webhooks.lead")}
      actions={
        manages && (
          <Button size="compact-md" onClick={() => { setEditing("new"); }}>
            {t("webhooks.add")}
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {(endpoints) => (
          <>
            <Card flush>
              {endpoints.length === 0 ? (
                <Empty title={t("webhooks.none")}>
                  <p>{t("webhooks.noneText")}</p>
                </Empty>
              ) : (
                <List endpoints={endpoints} manages={manages} onEdit={setEditing} onSecret={setSecret} />
              )}
            </Card>
            <EndpointDialog
              id={editing}
              endpoints={endpoints}
              onClose={() => { setEditing(null); }}
              onMade={(made) => {
                setEditing(null);
                setSecret(made);
              }}
            />
            <Deliveries endpoints={endpoints} manages={manages} />
          </>
        )}
      </Loaded>
      <SecretDialog
        value={secret}
        title={t("webhooks.secretTitle")}
        label={t("webhooks.secret")}
        text={<p>{t("webhooks.secretText")}</p>}
        onClose={() => { setSecret(null); }}
      />
    </Page>
  );
}

interface ListProps {
  readonly endpoints: readonly Endpoint[];
  readonly manages: boolean;
  readonly onEdit: (id: string) => void;
  readonly onSecret: (secret: string) => void;
}

function List({ endpoints, manages, onEdit, onSecret }: ListProps) {
  const t = useTexts();
  const client = useQueryClient();
  const now = useNow(60_000);
  const refresh = () => client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
  return (
    <table className={parts["table"]}>
      <caption className="visually-hidden">{t("webhooks.title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("webhooks.url")}</th>
          <th scope="col">{t("webhooks.events")}</th>
          <th scope="col">{t("users.state")}</th>
          <th scope="col"><span className="visually-hidden">{t("actions")}</span></th>
        </tr>
      </thead>
      <tbody>
        {endpoints.map((endpoint) => {
          const params = { path: { endpoint_id: endpoint.id } };
          const events = endpoint.events ?? [];
          return (
            <tr key={endpoint.id}>
              <th scope="row">
                <span className={parts["cut"]} title={endpoint.url}>{endpoint.url}</span>
                {endpoint.description && <small className={parts["cut"]} title={endpoint.description}>{endpoint.description}</small>}
              </th>
              <td>
                {events.length === 0 ? t("webhooks.all") : <span title={events.join(", ")}>{t("webhooks.some", { count: events.length })}</span>}
              </td>
              <td>
                <State level={endpoint.active ? "good" : "off"}>{endpoint.active ? t("webhooks.active") : t("webhooks.inactive")}</State>
                {endpoint.old_secret_until !== null && <small>{t("webhooks.rotating", { until: formatMoment(endpoint.old_secret_until, now) })}</small>}
              </td>
              <td className={parts["end"]}>
                {manages && (
                  <span className={parts["rowActions"]}>
                    <Button variant="default" size="compact-sm" aria-label={t("webhooks.editOf", { url: endpoint.url })} onClick={() => { onEdit(endpoint.id); }}>
                      {t("common:action.edit")}
                    </Button>
                    <ConfirmButton
                      label={t("telephony.rotate")}
                      about={t("webhooks.rotateOf", { url: endpoint.url })}
                      title={t("webhooks.rotateTitle")}
                      text={t("webhooks.rotateText")}
                      danger={false}
                      act={async () => {
                        const made = await unwrap(api.POST("/api/v1/webhooks/{endpoint_id}/rotate", { params }));
                        await refresh();
                        onSecret(made.secret);
                      }}
                    />
                    <ConfirmButton
                      label={t("rules.remove")}
                      about={t("webhooks.removeOf", { url: endpoint.url })}
                      title={t("webhooks.removeTitle")}
                      text={t("webhooks.removeText", { url: endpoint.url })}
                      act={async () => {
                        await unwrap(api.DELETE("/api/v1/webhooks/{endpoint_id}", { params }));
                        await refresh();
                      }}
                    />
                  </span>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
