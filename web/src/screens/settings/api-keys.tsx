/** API keys: made for a program with a part of one's own permissions, shown once, revoked. */

import { Button, Checkbox, NumberInput, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Permission } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { sessionQuery } from "../../api/queries";
import { ConfirmButton, Dialog, SecretDialog } from "../../components/dialogs";
import { Empty } from "../../components/empty";
import { LongTable } from "../../components/long-table";
import { Card, Loaded, Page } from "../../components/page";
import classes from "../../components/parts.module.css";
import { ProblemNotice } from "../../components/problem-notice";
import { State } from "../../components/state";
import { useNow } from "../../components/use-now";
import { formatDay, formatMoment } from "../../lib/format";
import type { ApiKey } from "./queries";
import { apiKeysQuery, usersQuery } from "./queries";
import { useTexts } from "./texts";

export function ApiKeys() {
  const t = useTexts();
  const query = useQuery(apiKeysQuery);
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Page
      title={t("keys.title")}
      lead={t("keys.lead")}
      actions={
        <Button size="compact-md" onClick={() => { setMaking(true); }}>
          {t("keys.add")}
        </Button>
      }
    >
      <Loaded query={query}>
        {(keys) => (
          <Card flush>
            {keys.length === 0 ? (
              <Empty title={t("keys.none")}>
                <p>{t("keys.noneText")}</p>
              </Empty>
            ) : (
              <List keys={keys} />
            )}
          </Card>
        )}
      </Loaded>
      <Dialog opened={making} size="lg" title={t("keys.add")} onClose={() => { setMaking(false); }}>
        {making && (
          <Make
            onClose={() => { setMaking(false); }}
            onMade={(key) => {
              setMaking(false);
              setSecret(key);
            }}
          />
        )}
      </Dialog>
      <SecretDialog
        value={secret}
        title={t("keys.shownTitle")}
        label={t("keys.key")}
        text={<p>{t("keys.shownText")}</p>}
        onClose={() => { setSecret(null); }}
      />
    </Page>
  );
}

function List({ keys }: { readonly keys: readonly ApiKey[] }) {
  const t = useTexts();
  const client = useQueryClient();
  const now = useNow(60_000);
  const users = useQuery(usersQuery);
  const owners = new Map((users.data ?? []).map((user) => [user.id, user.name]));
  return (
    <LongTable
      caption={t("keys.title")}
      columns={[
        { key: "name", title: t("name") },
        { key: "permissions", title: t("keys.permissions") },
        { key: "used", title: t("keys.used") },
        { key: "state", title: t("users.state") },
        { key: "actions", title: <span className="visually-hidden">{t("actions")}</span>, end: true },
      ]}
      items={keys}
      rowKey={(key) => key.id}
      row={(key) => {
        const over = key.revoked_at !== null || key.expires_at <= now;
        return (
          <>
            <th scope="row">
              <span className={classes["cut"]} title={key.name}>{key.name}</span>
              <small>
                <code>{key.prefix}…</code> {t("keys.of", { name: owners.get(key.user_id) ?? key.user_id })}
              </small>
            </th>
            <td>
              <span className={classes["cut"]} title={key.permissions.join(", ")}>{key.permissions.join(", ")}</span>
            </td>
            <td className="tabular">{key.last_used_at === null ? t("telephony.never") : formatMoment(key.last_used_at, now)}</td>
            <td>
              {key.revoked_at !== null ? (
                <State level="off">{t("keys.revoked", { at: formatMoment(key.revoked_at, now) })}</State>
              ) : (
                <State level={over ? "off" : "good"}>
                  {over ? t("keys.expired", { day: formatDay(key.expires_at) }) : t("keys.until", { day: formatDay(key.expires_at) })}
                </State>
              )}
            </td>
            <td className={classes["end"]}>
              {!over && (
                <ConfirmButton
                  label={t("keys.revoke")}
                  about={t("keys.revokeOf", { name: key.name })}
                  title={t("keys.revokeOf", { name: key.name })}
                  text={t("keys.revokeText")}
                  act={async () => {
                    await unwrap(api.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id: key.id } } }));
                    await client.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
                  }}
                />
              )}
            </td>
          </>
        );
      }}
    />
  );
}

function Make({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: (key: string) => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [days, setDays] = useState<number | null>(90);
  // No key can do what is for persons alone.
  const offered = session?.permissions.filter((one) => one !== "account.own") ?? [];
  const ready = name.trim() !== "" && chosen.length > 0 && days !== null;
  const make = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/v1/api-keys", { body: { name: name.trim(), permissions: chosen as Permission[], days: days ?? 90 } })),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
      onMade(made.key);
    },
  });
  return (
    <form
      className={classes["form"]}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) make.mutate();
      }}
    >
      <TextInput
        label={t("keys.name")}
        description={t("keys.nameText")}
        value={name}
        maxLength={200}
        required
        data-autofocus
        onChange={(event) => { setName(event.currentTarget.value); }}
      />
      <Checkbox.Group label={t("keys.permissions")} description={t("keys.permissionsText")} value={[...chosen]} onChange={setChosen}>
        <div className={classes["boxes"]} style={{ marginTop: "0.75rem" }}>
          {offered.map((one) => (
            <Checkbox key={one} size="xs" value={one} label={<code>{one}</code>} />
          ))}
        </div>
      </Checkbox.Group>
      <NumberInput
        label={t("keys.days")}
        w="10rem"
        min={1}
        max={730}
        allowDecimal={false}
        clampBehavior="strict"
        value={days ?? ""}
        onChange={(value) => { setDays(typeof value === "number" ? value : null); }}
      />
      {make.isError && <ProblemNotice error={make.error} />}
      <div className={classes["formActions"]}>
        <Button type="submit" disabled={!ready} loading={make.isPending}>
          {t("keys.make")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
      </div>
    </form>
  );
}
