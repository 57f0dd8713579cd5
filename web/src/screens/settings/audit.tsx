/** The audit log: who did what, filtered by the address, and its export. */

import { Button, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { api, unwrap } from "../../api/client";
import { Empty } from "../../components/empty";
import { Card, Loading, Page } from "../../components/page";
import classes from "../../components/parts.module.css";
import { ProblemNotice } from "../../components/problem-notice";
import { saveFile } from "../../components/save-file";
import { useNow } from "../../components/use-now";
import { formatClock, formatMoment } from "../../lib/format";
import { FILTERS, detailLines, filterOf } from "./audit-filter";
import type { AuditEntry } from "./queries";
import { auditQuery } from "./queries";
import { useTexts } from "./texts";

export function Audit() {
  const t = useTexts();
  const [search] = useSearchParams();
  const filter = filterOf(search);
  const query = useInfiniteQuery(auditQuery(filter));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const exporting = useMutation({
    mutationFn: async () => {
      const file = await unwrap(api.GET("/api/v1/audit/export", { params: { query: filter }, parseAs: "blob" }));
      saveFile("audit.jsonl", file as unknown as Blob);
    },
  });
  return (
    <Page
      title={t("audit.title")}
      lead={t("audit.lead")}
      actions={
        <Button variant="default" size="compact-md" loading={exporting.isPending} onClick={() => { exporting.mutate(); }}>
          {t("audit.export")}
        </Button>
      }
    >
      {exporting.isError && <ProblemNotice error={exporting.error} />}
      <Card flush>
        <Filters key={search.toString()} />
        {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && <Loading rows={8} />}
        {query.isSuccess && items.length === 0 && <Empty title={t("nothingFits")} />}
        {items.length > 0 && <Entries items={items} />}
        {query.hasNextPage && (
          <div className={classes["more"]}>
            <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t("more")}
            </Button>
          </div>
        )}
      </Card>
    </Page>
  );
}

function Filters() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const [draft, setDraft] = useState(() => Object.fromEntries(FILTERS.map((name) => [name, search.get(name) ?? ""])));
  return (
    <form
      className={classes["toolbar"]}
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        setSearch(Object.fromEntries(Object.entries(draft).filter(([, value]) => value.trim() !== "")));
      }}
    >
      {FILTERS.map((name) => (
        <TextInput
          key={name}
          className={name === "actor" || name === "action" || name === "subject" ? (classes["grow"] ?? "") : ""}
          type={name === "since" || name === "until" ? "date" : "search"}
          label={t(`audit.filters.${name}`)}
          placeholder={name === "action" ? "user." : ""}
          value={draft[name] ?? ""}
          maxLength={200}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setDraft((before) => ({ ...before, [name]: value }));
          }}
        />
      ))}
      <Button type="submit" variant="light">
        {t("audit.apply")}
      </Button>
      <Button variant="subtle" color="gray" onClick={() => { setSearch({}); }}>
        {t("audit.clear")}
      </Button>
    </form>
  );
}

function Entries({ items }: { readonly items: readonly AuditEntry[] }) {
  const t = useTexts();
  const now = useNow(60_000);
  const [, setSearch] = useSearchParams();
  const only = (name: string, value: string, shown: string) => (
    <button type="button" className={classes["name"]} style={{ maxWidth: "min(12rem, 20vw)" }} title={t("audit.only", { value: shown })} onClick={() => { setSearch({ [name]: value }); }}>
      {shown}
    </button>
  );
  return (
    <table className={classes["table"]}>
      <caption className="visually-hidden">{t("audit.title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("audit.when")}</th>
          <th scope="col">{t("audit.filters.actor")}</th>
          <th scope="col">{t("audit.filters.action")}</th>
          <th scope="col">{t("audit.filters.subject")}</th>
          <th scope="col">{t("audit.details")}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((entry) => {
          const lines = detailLines(entry.details);
          return (
            <tr key={entry.id}>
              <td className={`${classes["nowrap"] ?? ""} tabular`} title={formatClock(entry.at)}>{formatMoment(entry.at, now)}</td>
              <td>{only("actor", entry.actor, entry.actor_name ?? entry.actor)}</td>
              <td>{only("action", entry.action, entry.action)}</td>
              <td>{entry.subject === "" ? "–" : only("subject", entry.subject, entry.subject)}</td>
              <td>
                {lines.length > 0 && (
                  <details className={classes["details"]}>
                    <summary>{lines[0]}</summary>
                    <ul>
                      {lines.slice(1).map((line) => (
                        <li key={line}>{line}</li>
                      ))}
                    </ul>
                  </details>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
