/** Recorders: every enrolled desktop and how it is, and the desktops that wait for approval. */

import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import type { Recorder } from "../../api/client";
import { pendingEnrolmentsQuery, recordersQuery, sessionQuery } from "../../api/queries";
import { Empty } from "../../components/empty";
import { IconScreen, IconWarning } from "../../components/icons";
import { ProblemNotice } from "../../components/problem-notice";
import { useNow } from "../../components/use-now";
import { formatBytes, formatCode } from "../../lib/format";
import { backlogOf, backlogText, formatAge, formatMs, formatPercent, linkText, monitorSizes, since, stateName, stateOf } from "../../lib/recorders";
import { RecorderDrawer } from "./recorder-drawer";
import classes from "./recorders.module.css";

const COLUMNS = ["Agent", "State", "Program", "CPU", "Memory", "Backlog", "Link", "Monitors", "Problem"] as const;

export function Recorders() {
  const query = useQuery(recordersQuery);
  const isAdmin = useQuery(sessionQuery).data?.user.role === "admin";
  const [openId, setOpenId] = useState<string | null>(null);
  const items = query.data ?? [];
  return (
    <>
      <title>Recorders · Deskreel</title>
      <div className={classes["head"]}>
        <h1>Recorders</h1>
        <Button component={Link} to="/enrol" size="compact-sm" variant={items.length === 0 ? "filled" : "default"}>
          Enrol a desktop
        </Button>
      </div>
      {isAdmin && <Pending />}
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <div className={classes["card"]} role="status" aria-label="Loading">
          {Array.from({ length: 5 }, (_, index) => (
            <Skeleton key={index} height={28} m="md" width="auto" />
          ))}
        </div>
      )}
      {query.isSuccess && items.length === 0 && (
        <div className={classes["card"]}>
          <Empty icon={<IconScreen size={32} />} title="No recorder is enrolled">
            <p>
              On an agent's desktop run <code>deskreel recorder enroll --server {window.location.origin}</code> and enter the code
              that it shows under “Enrol a desktop”.
            </p>
          </Empty>
        </div>
      )}
      {items.length > 0 && <List items={items} onOpen={setOpenId} />}
      <RecorderDrawer
        recorder={items.find((one) => one.id === openId) ?? null}
        mayRevoke={isAdmin}
        onClose={() => {
          setOpenId(null);
        }}
      />
    </>
  );
}

function Pending() {
  const now = useNow(10_000);
  const query = useQuery(pendingEnrolmentsQuery);
  if (query.isError) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data || query.data.length === 0) return null;
  return (
    <section className={classes["pending"]} aria-label="Waiting for approval">
      <h2>Waiting for approval</h2>
      <ul>
        {query.data.map((one) => (
          <li key={`${one.hostname} ${String(one.requested_at)}`}>
            <strong>{one.hostname}</strong>
            <span>{[one.platform, one.address && `from ${one.address}`].filter(Boolean).join(", ")}</span>
            <span>asked {now - one.requested_at < 60_000 ? "just now" : `${formatAge(now - one.requested_at)} ago`}</span>
            <Button component={Link} to="/enrol" size="compact-sm" variant="light" aria-label={`Enter the code of ${one.hostname}`}>
              Enter its code
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function List({ items, onOpen }: { readonly items: readonly Recorder[]; readonly onOpen: (id: string) => void }) {
  const now = useNow(10_000);
  return (
    <div className={classes["card"]}>
      <table className={classes["table"]}>
        <caption className="visually-hidden">Enrolled recorders, by agent</caption>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Row
              key={item.id}
              item={item}
              now={now}
              onOpen={() => {
                onOpen(item.id);
              }}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ item, now, onOpen }: { readonly item: Recorder; readonly now: number; readonly onOpen: () => void }) {
  const health = item.observed?.health;
  const backlog = backlogOf(item);
  return (
    <tr onClick={onOpen} data-testid="recorder-row" data-online={item.online}>
      <th scope="row">
        <button
          type="button"
          className={classes["name"]}
          aria-haspopup="dialog"
          onClick={(event) => {
            event.stopPropagation();
            onOpen();
          }}
        >
          {item.agent.name}
        </button>
        <small>{item.hostname}</small>
      </th>
      <td>
        <StateOfRecorder item={item} now={now} />
      </td>
      <td>
        {item.version || "–"}
        <small>{[item.platform, health?.encoder].filter(Boolean).join(" · ")}</small>
      </td>
      <td className="tabular">
        {formatPercent(health?.cpu_percent)}
        <small>{typeof health?.machine_cpu_percent === "number" ? `machine ${formatPercent(health.machine_cpu_percent)}` : ""}</small>
      </td>
      <td className="tabular">{typeof health?.rss_bytes === "number" ? formatBytes(health.rss_bytes) : "–"}</td>
      <td className="tabular">
        {backlog.chunks === 0 ? "none" : `${String(backlog.chunks)} chunks, ${formatBytes(backlog.bytes)}`}
        <small>{backlogText(item)}</small>
      </td>
      <td className="tabular">
        {formatMs(health?.rtt_ms)}
        <small>{linkText(health)}</small>
      </td>
      <td className="tabular">
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
    </tr>
  );
}

function sinceText(online: boolean, ms: number): string {
  return online ? `online for ${formatAge(ms)}` : `heard of ${formatAge(ms)} ago`;
}

function StateOfRecorder({ item, now }: { readonly item: Recorder; readonly now: number }) {
  const state = stateOf(item);
  const at = since(item);
  return (
    <>
      <span className={classes["state"]} data-state={state}>
        {stateName(state)}
      </span>
      <small>{at !== null && sinceText(item.online, Math.max(0, now - at))}</small>
    </>
  );
}
