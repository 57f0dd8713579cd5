/** Recorders: every enrolled desktop and how it is, and the desktops that wait for approval. */

import { Button, SegmentedControl, Skeleton, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memo, useState } from "react";
import { Link } from "react-router";

import type { Recorder } from "../../api/client";
import { pendingEnrolmentsQuery, recordersQuery } from "../../api/queries";
import { Empty } from "../../components/empty";
import { IconScreen, IconWarning } from "../../components/icons";
import { ListHead } from "../../components/list-head";
import { LongTable } from "../../components/long-table";
import parts from "../../components/parts.module.css";
import { ProblemNotice } from "../../components/problem-notice";
import { useMay } from "../../components/use-may";
import { useNow } from "../../components/use-now";
import { formatBytes, formatCode } from "../../lib/format";
import { isSelecting } from "../../lib/selecting";
import type { RecorderFilter } from "./health";
import { backlogOf, backlogText, fitsFilter, formatAge, formatMs, formatPercent, linkText, monitorSizes, since, stateOf } from "./health";
import { LastCheck } from "./last-check";
import { RecorderDrawer } from "./recorder-drawer";
import classes from "./recorders.module.css";
import { useTexts } from "./texts";

const COLUMNS = ["agent", "state", "program", "cpu", "memory", "backlog", "link", "check", "monitors", "problem"] as const;
const SHOWN = ["all", "online", "offline", "problem"] as const;
/** Steady while one scrolls, whichever rows are drawn. */
const WIDTHS: Readonly<Record<(typeof COLUMNS)[number], string>> = {
  agent: "14%",
  state: "10%",
  program: "10%",
  cpu: "8%",
  memory: "7%",
  backlog: "9%",
  link: "9%",
  check: "9%",
  monitors: "8%",
  problem: "16%",
};
/** What a narrow page leaves to the drawer. */
const FROM: Readonly<Partial<Record<(typeof COLUMNS)[number], "medium" | "wide">>> = {
  program: "wide",
  cpu: "medium",
  memory: "wide",
  backlog: "medium",
  monitors: "wide",
};
const ROW_PX = 53;
/** From so many on there is a search. */
const MANY = 8;

export function Recorders() {
  const t = useTexts();
  const query = useQuery(recordersQuery);
  const manages = useMay()("recorders.manage");
  const [openId, setOpenId] = useState<string | null>(null);
  const items = query.data ?? [];
  return (
    <>
      <title>{`${t("title")} · Deskreel`}</title>
      <ListHead
        title={t("title")}
        tools={
          <Button component={Link} to="/enrol" size="compact-sm" variant={items.length === 0 ? "filled" : "default"}>
            {t("enrolDesktop")}
          </Button>
        }
      />
      {manages && <Pending />}
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <div className={classes["card"]} role="status" aria-label={t("common:loading")}>
          {Array.from({ length: 5 }, (_, index) => (
            <Skeleton key={index} height={28} m="md" width="auto" />
          ))}
        </div>
      )}
      {query.isSuccess && items.length === 0 && (
        <div className={classes["card"]}>
          <Empty icon={<IconScreen size={32} />} title={t("none")}>
            <p>{t("noneText")}</p>
            <code>{`deskreel recorder enroll --server ${window.location.origin}`}</code>
          </Empty>
        </div>
      )}
      {items.length > 0 && <List items={items} onOpen={setOpenId} />}
      <RecorderDrawer
        recorder={items.find((one) => one.id === openId) ?? null}
        mayRevoke={manages}
        onClose={() => {
          setOpenId(null);
        }}
      />
    </>
  );
}

function Pending() {
  const t = useTexts();
  const now = useNow(10_000);
  const query = useQuery(pendingEnrolmentsQuery);
  if (query.isError) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data || query.data.length === 0) return null;
  return (
    <section className={classes["pending"]} aria-label={t("pending.title")}>
      <h2>{t("pending.title")}</h2>
      <ul>
        {query.data.map((one) => (
          <li key={`${one.hostname} ${String(one.requested_at)}`}>
            <strong>{one.hostname}</strong>
            <span>{[one.platform, one.address && t("pending.from", { address: one.address })].filter(Boolean).join(", ")}</span>
            <span>{now - one.requested_at < 60_000 ? t("pending.justNow") : t("pending.ago", { age: formatAge(now - one.requested_at, t) })}</span>
            <Button component={Link} to="/enrol" size="compact-sm" variant="light" aria-label={t("pending.codeOf", { hostname: one.hostname })}>
              {t("pending.code")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function List({ items, onOpen }: { readonly items: readonly Recorder[]; readonly onOpen: (id: string) => void }) {
  const t = useTexts();
  const now = useNow(10_000);
  const [filter, setFilter] = useState<RecorderFilter>({ text: "", show: "all" });
  const shown = items.filter((item) => fitsFilter(item, filter));
  return (
    <div className={classes["card"]}>
      {items.length >= MANY && (
        <div className={classes["toolbar"]} role="search">
          <TextInput
            type="search"
            aria-label={t("search")}
            placeholder={t("searchHint")}
            value={filter.text}
            maxLength={200}
            onChange={(event) => {
              setFilter({ ...filter, text: event.currentTarget.value });
            }}
          />
          <SegmentedControl
            aria-label={t("show.label")}
            data={SHOWN.map((value) => ({ value, label: t(`show.${value}`) }))}
            value={filter.show}
            onChange={(show) => {
              setFilter({ ...filter, show: show as RecorderFilter["show"] });
            }}
          />
          <span role="status">{t("count", { count: shown.length })}</span>
        </div>
      )}
      {shown.length === 0 ? <Empty title={t("nothingFits")} /> : <Table items={shown} now={now} onOpen={onOpen} />}
    </div>
  );
}

interface TableProps {
  readonly items: readonly Recorder[];
  readonly now: number;
  readonly onOpen: (id: string) => void;
}

function Table({ items, now, onOpen }: TableProps) {
  const t = useTexts();
  return (
    <div className={classes["table"]}>
      <LongTable
        caption={t("caption")}
        columns={COLUMNS.map((key) => ({ key, title: t(`columns.${key}`), width: WIDTHS[key], from: FROM[key] }))}
        items={items}
        rowKey={(item) => item.id}
        rowHeight={ROW_PX}
        testId="recorder-row"
        rowProps={(item) => ({
          "data-online": item.online,
          onClick: () => {
            if (!isSelecting()) onOpen(item.id);
          },
        })}
        row={(item) => <Cells item={item} now={now} onOpen={onOpen} />}
      />
    </div>
  );
}

interface CellsProps {
  readonly item: Recorder;
  readonly now: number;
  readonly onOpen: (id: string) => void;
}

/** Drawn again only when something of it is new: the list is read every few seconds. */
const Cells = memo(function Cells({ item, now, onOpen }: CellsProps) {
  const t = useTexts();
  const health = item.observed?.health;
  const backlog = backlogOf(item);
  return (
    <>
      <th scope="row">
        <button
          type="button"
          className={parts["name"]}
          title={item.agent.name}
          aria-haspopup="dialog"
          onClick={(event) => {
            event.stopPropagation();
            onOpen(item.id);
          }}
        >
          {item.agent.name}
        </button>
        <small className={parts["cut"]} title={item.hostname}>
          {item.hostname}
        </small>
      </th>
      <td>
        <StateOfRecorder item={item} now={now} />
      </td>
      <td className={parts["wide"]}>
        {item.version || "–"}
        <small>{[item.platform, health?.encoder].filter(Boolean).join(" · ")}</small>
      </td>
      <td className={`tabular ${parts["medium"] ?? ""}`}>
        {formatPercent(health?.cpu_percent)}
        <small>{typeof health?.machine_cpu_percent === "number" ? t("machine", { percent: formatPercent(health.machine_cpu_percent) }) : ""}</small>
      </td>
      <td className={`tabular ${parts["wide"] ?? ""}`}>{typeof health?.rss_bytes === "number" ? formatBytes(health.rss_bytes) : "–"}</td>
      <td className={`tabular ${parts["medium"] ?? ""}`}>
        {backlog.chunks === 0 ? t("noBacklog") : t("chunks", { count: backlog.chunks, size: formatBytes(backlog.bytes) })}
        <small>{backlogText(item, t)}</small>
      </td>
      <td className="tabular">
        {formatMs(health?.rtt_ms)}
        <small>{linkText(health, t)}</small>
      </td>
      <td>
        <LastCheck check={item.last_check} now={now} />
      </td>
      <td className={`tabular ${parts["wide"] ?? ""}`}>
        {monitorSizes(item).map((size, index) => (index === 0 ? size : <small key={index}>{size}</small>))}
        {monitorSizes(item).length === 0 && "–"}
      </td>
      <td className={classes["problem"]}>
        {item.observed?.problem ? (
          <>
            <span className="with-icon">
              <IconWarning size={16} />
              {formatCode(item.observed.problem)}
            </span>
            <small title={item.problem_hint ?? ""}>{item.problem_hint}</small>
          </>
        ) : (
          <span className={classes["quiet"]}>–</span>
        )}
      </td>
    </>
  );
});

function StateOfRecorder({ item, now }: { readonly item: Recorder; readonly now: number }) {
  const t = useTexts();
  const state = stateOf(item);
  const at = since(item);
  return (
    <>
      <span className={classes["state"]} data-state={state}>
        {t(`states.${state}`)}
      </span>
      <small>{at !== null && t(item.online ? "onlineFor" : "heardAgo", { age: formatAge(Math.max(0, now - at), t) })}</small>
    </>
  );
}
