/** Do-not-record rules: numbers, queues and agents whose calls are never captured. */

import { Button, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../api/client";
import { ConfirmButton } from "../../components/dialogs";
import { Empty } from "../../components/empty";
import { LongTable } from "../../components/long-table";
import { Card, Loaded, Page } from "../../components/page";
import classes from "../../components/parts.module.css";
import { ProblemNotice } from "../../components/problem-notice";
import { useMay } from "../../components/use-may";
import { useNow } from "../../components/use-now";
import { formatMoment } from "../../lib/format";
import type { Rule } from "./queries";
import { rulesQuery, selectionQuery, usersQuery } from "./queries";
import { useTexts } from "./texts";

const KINDS = ["number", "queue", "agent"] as const;

export function DoNotRecord() {
  const t = useTexts();
  const manages = useMay()("settings.manage");
  const query = useQuery(rulesQuery);
  return (
    <Page title={t("rules.title")} lead={t("rules.lead")}>
      {manages && <Add />}
      <Loaded query={query}>
        {(rules) => (
          <Card flush>
            {rules.length === 0 ? (
              <Empty title={t("rules.none")}>
                <p>{t("rules.noneText")}</p>
              </Empty>
            ) : (
              <List rules={rules} manages={manages} />
            )}
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

function useAgents() {
  const selection = useQuery(selectionQuery);
  return (selection.data?.items ?? []).flatMap((one) => (one.agent_id === null ? [] : [{ value: one.agent_id, label: one.name }]));
}

function Add() {
  const t = useTexts();
  const client = useQueryClient();
  const agents = useAgents();
  const [kind, setKind] = useState<Rule["kind"]>("number");
  const [value, setValue] = useState("");
  const [note, setNote] = useState("");
  const add = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/do-not-record", { body: { kind, value: value.trim(), note: note.trim() } })),
    onSuccess: async () => {
      setValue("");
      setNote("");
      await client.invalidateQueries({ queryKey: rulesQuery.queryKey });
    },
  });
  return (
    <Card title={t("rules.add")}>
      <form
        className={classes["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (value.trim() !== "") add.mutate();
        }}
      >
        <div className={classes["inline"]}>
          <Select
            label={t("rules.kind")}
            data={KINDS.map((one) => ({ value: one, label: t(`rules.kinds.${one}`) }))}
            value={kind}
            allowDeselect={false}
            onChange={(next) => {
              setKind(next as Rule["kind"]);
              setValue("");
            }}
          />
          {kind === "agent" ? (
            <Select
              label={t("rules.kinds.agent")}
              placeholder={t("recording.choose.agent")}
              searchable
              limit={100}
              data={agents}
              value={value || null}
              nothingFoundMessage={t("nothingFits")}
              onChange={(next) => {
                setValue(next ?? "");
              }}
            />
          ) : (
            <TextInput
              label={t(`rules.kinds.${kind}`)}
              placeholder={t(`rules.example.${kind}`)}
              value={value}
              maxLength={200}
              onChange={(event) => {
                setValue(event.currentTarget.value);
              }}
            />
          )}
          <TextInput
            className={classes["grow"] ?? ""}
            label={t("rules.note")}
            value={note}
            maxLength={500}
            onChange={(event) => {
              setNote(event.currentTarget.value);
            }}
          />
          <Button type="submit" disabled={value.trim() === ""} loading={add.isPending}>
            {t("common:action.add")}
          </Button>
        </div>
        {kind === "number" && <p className={classes["lead"]}>{t("rules.patternHint")}</p>}
        {add.isError && <ProblemNotice error={add.error} />}
      </form>
    </Card>
  );
}

function List({ rules, manages }: { readonly rules: readonly Rule[]; readonly manages: boolean }) {
  const t = useTexts();
  const now = useNow(60_000);
  const client = useQueryClient();
  const agents = new Map(useAgents().map((one) => [one.value, one.label]));
  const users = useQuery(usersQuery);
  const makers = new Map((users.data ?? []).map((user) => [user.id, user.name]));
  return (
    <LongTable
      caption={t("rules.title")}
      columns={[
        { key: "kind", title: t("rules.kind") },
        { key: "value", title: t("rules.value") },
        { key: "note", title: t("rules.note") },
        { key: "made", title: t("made") },
        { key: "actions", title: <span className="visually-hidden">{t("actions")}</span>, end: true },
      ]}
      items={rules}
      rowKey={(rule) => rule.id}
      row={(rule) => {
        const shown = rule.kind === "agent" ? (agents.get(rule.value) ?? rule.value) : rule.value;
        return (
          <>
            <td>{t(`rules.kinds.${rule.kind}`)}</td>
            <th scope="row">
              <span className={classes["cut"]} title={shown}>{shown}</span>
            </th>
            <td>
              <span className={classes["cut"]} title={rule.note}>{rule.note || "–"}</span>
            </td>
            <td className="tabular">
              {formatMoment(rule.created_at, now)}
              <small>{makers.get(rule.created_by) ?? rule.created_by}</small>
            </td>
            <td className={classes["end"]}>
              {manages && (
                <ConfirmButton
                  label={t("rules.remove")}
                  about={t("rules.removeOf", { value: shown })}
                  title={t("rules.removeOf", { value: shown })}
                  text={t("rules.removeText")}
                  act={async () => {
                    await unwrap(api.DELETE("/api/v1/do-not-record/{rule_id}", { params: { path: { rule_id: rule.id } } }));
                    await client.invalidateQueries({ queryKey: rulesQuery.queryKey });
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
