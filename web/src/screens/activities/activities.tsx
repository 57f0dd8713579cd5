/** Activities: the interactions, newest first. */

import { Button, Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { KeyboardEvent } from "react";
import { Link, useNavigate } from "react-router";

import type { InteractionSummary } from "../../api/client";
import { problemOf } from "../../api/problem";
import { interactionsQuery } from "../../api/queries";
import { Coverage } from "../../components/coverage";
import { Empty } from "../../components/empty";
import { IconAudio, IconRefresh, IconScreen } from "../../components/icons";
import { Direction, StateBadge, agentNames } from "../../components/interaction-bits";
import { ProblemNotice } from "../../components/problem-notice";
import { useNow } from "../../components/use-now";
import { formatDuration, formatMoment } from "../../lib/format";
import classes from "./activities.module.css";

const COLUMNS = ["Time", "Agent", "", "From", "To", "Queue", "Duration", "State", "Paused", "Coverage", "Media"] as const;

export function Activities() {
  const query = useInfiniteQuery(interactionsQuery);
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <title>Activities · Deskreel</title>
      <div className={classes["head"]}>
        <h1>Activities</h1>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconRefresh size={14} />}
          loading={query.isRefetching && !query.isFetchingNextPage}
          onClick={() => void query.refetch()}
        >
          Refresh
        </Button>
      </div>
      {query.isError && <Refused error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Loading />}
      {query.isSuccess && items.length === 0 && (
        <div className={classes["card"]}>
          <Empty icon={<IconScreen size={32} />} title="No interactions yet">
            <p>
              Each recorded call appears here as soon as the telephony reports it. Nothing after a call? See whether the
              telephony is connected and sends call events.
            </p>
          </Empty>
        </div>
      )}
      {items.length > 0 && <List items={items} />}
      {query.hasNextPage && (
        <div className={classes["more"]}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </>
  );
}

function Refused({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  if (problemOf(error).status !== 403) return <ProblemNotice error={error} onRetry={onRetry} />;
  const { detail, hint } = problemOf(error);
  return (
    <Empty title="You may not see activities">
      {detail && <p>{detail}</p>}
      <p>{hint ?? "Ask an administrator for the permission to review interactions."}</p>
    </Empty>
  );
}

function Loading() {
  return (
    <div className={classes["card"]} role="status" aria-label="Loading">
      {Array.from({ length: 8 }, (_, index) => (
        <Skeleton key={index} height={14} m="md" width="auto" />
      ))}
    </div>
  );
}

function List({ items }: { readonly items: readonly InteractionSummary[] }) {
  const now = useNow(1000);
  const navigate = useNavigate();
  return (
    <div className={classes["card"]}>
      <table className={classes["table"]} onKeyDown={moveWithArrows}>
        <caption className="visually-hidden">Interactions, newest first</caption>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col" data-end={column === "Duration" || column === "Paused"}>
                {column || <span className="visually-hidden">Direction</span>}
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
                void navigate(`/activities/${item.id}`);
              }}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly item: InteractionSummary;
  readonly now: number;
  readonly onOpen: () => void;
}

function Row({ item, now, onOpen }: RowProps) {
  const duration = item.duration_ms ?? (item.ended_at ?? now) - item.started_at;
  return (
    <tr onClick={onOpen} data-testid="activity-row">
      <td className="tabular">
        <Link
          to={`/activities/${item.id}`}
          data-row-link
          onClick={(event) => {
            event.stopPropagation();
          }}
        >
          {formatMoment(item.started_at, now)}
        </Link>
      </td>
      <td className={classes["strong"]}>{agentNames(item)}</td>
      <td className={classes["icon"]}>
        <Direction direction={item.direction} />
      </td>
      <td className="tabular">{item.caller ?? "–"}</td>
      <td className="tabular">{item.callee ?? "–"}</td>
      <td>{item.queue ?? "–"}</td>
      <td className="tabular" data-end>
        {formatDuration(duration)}
      </td>
      <td>
        <StateBadge state={item.state} />
      </td>
      <td className={`tabular ${classes["muted"] ?? ""}`} data-end>
        {item.paused_ms > 0 ? formatDuration(item.paused_ms) : "–"}
      </td>
      <td>
        <Coverage share={item.coverage} />
      </td>
      <td>
        <span className={classes["media"]}>
          <Media present={item.has_call_recording} label="call recording" icon={<IconAudio size={16} />} />
          <Media present={item.has_screen_recording} label="screen recording" icon={<IconScreen size={16} />} />
        </span>
      </td>
    </tr>
  );
}

function Media({ present, label, icon }: { readonly present: boolean; readonly label: string; readonly icon: React.ReactNode }) {
  const text = `${present ? "Has a" : "No"} ${label}`;
  return (
    <span data-present={present} title={text}>
      {icon}
      <span className="visually-hidden">{text}</span>
    </span>
  );
}

/** Up and down go from row to row; Enter on the link opens it. */
function moveWithArrows(event: KeyboardEvent<HTMLTableElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined && event.key !== "Home" && event.key !== "End") return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row-link]")];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = event.key === "Home" ? 0 : event.key === "End" ? links.length - 1 : at + (step ?? 0);
  const link = links[Math.max(0, Math.min(links.length - 1, next))];
  if (!link) return;
  event.preventDefault();
  link.focus();
}
