/** The table of interactions. Only the rows in sight are in the page, so that ten thousand scroll like ten. */

import { Button, Loader } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Fragment, memo, useCallback, useEffect, useRef, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";

import type { InteractionSummary } from "../../api/client";
import { formatMoment } from "../../lib/format";
import { isSelecting } from "../../lib/selecting";
import type { Column } from "./columns";
import { AT_END, TIME_WIDTH, WIDTHS, cellOf } from "./columns";
import type { Sort } from "./filters";
import { HIT_HEIGHT, Hits, shownHits } from "./hits";
import classes from "./list.module.css";
import { TableHead } from "./table-head";
import { useListKeys } from "./use-list-keys";
import { useTexts } from "./texts";

const ROW_HEIGHT = 38;
const HITS_MARGIN = 6;
const HEAD_HEIGHT = 34;
/** So many rows before the end the next page is asked for. */
const AHEAD = 60;

export interface ListProps {
  readonly items: readonly InteractionSummary[];
  readonly columns: readonly Column[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  /** All there are, as far as that is known. */
  readonly total: number | null;
  readonly more: "none" | "waiting" | "loading" | "failed";
  readonly onMore: () => void;
  readonly onTop: (atTop: boolean) => void;
  /** Any instant of the reader's today. */
  readonly today: number;
  /** Where the list stood when it was last left. */
  readonly place: Place;
}

/** Kept over visits to the details. */
export interface Place {
  offset: number;
  active: string | null;
}

export function List({ items, columns, sort, onSort, total, more, onMore, onTop, today, place }: ListProps) {
  const t = useTexts();
  const navigate = useNavigate();
  const { search } = useLocation();
  const scroller = useRef<HTMLDivElement>(null);
  const [start] = useState(place.offset);
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are not handed to memoised parts
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heightOf(items[index]),
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 12,
    scrollPaddingStart: HEAD_HEIGHT,
    scrollPaddingEnd: ROW_HEIGHT,
    initialOffset: start,
  });
  const rows = virtual.getVirtualItems();
  const first = rows[0];
  const last = rows.at(-1);

  const active = useListKeys(items, place, (index) => {
    virtual.scrollToIndex(index);
  });

  useEffect(() => {
    if (more === "waiting" && (last === undefined || last.index >= items.length - AHEAD)) onMore();
  });

  const open = useCallback((id: string) => void navigate(`/activities/${id}`, { state: { list: search } }), [navigate, search]);
  const width = TIME_WIDTH + columns.reduce((sum, column) => sum + WIDTHS[column], 0);
  const share = (one: number) => ({ width: `${String((100 * one) / width)}%` });
  return (
    <div
      ref={scroller}
      className={classes["scroller"]}
      data-testid="activities"
      onScroll={(event) => {
        place.offset = event.currentTarget.scrollTop;
        onTop(event.currentTarget.scrollTop < ROW_HEIGHT);
      }}
    >
      <table className={classes["table"]} style={{ minWidth: `${String(Math.round(width * 0.72))}rem` }} aria-rowcount={total === null ? -1 : total + 1}>
        <caption className="visually-hidden">{t("caption")}</caption>
        <colgroup>
          <col style={share(TIME_WIDTH)} />
          {columns.map((column) => (
            <col key={column} style={share(WIDTHS[column])} />
          ))}
        </colgroup>
        <TableHead columns={columns} sort={sort} onSort={onSort} />
        <tbody>
          <Gap height={first?.start ?? 0} />
          {rows.map(({ index, key }) => {
            const item = items[index];
            return (
              item && (
                <Row
                  key={key}
                  item={item}
                  index={index}
                  columns={columns}
                  isActive={active.id === item.id}
                  register={active.register}
                  today={today}
                  list={search}
                  onOpen={open}
                />
              )
            );
          })}
          <Gap height={virtual.getTotalSize() - (last?.end ?? 0)} />
        </tbody>
      </table>
      {more !== "none" && (
        <div className={classes["more"]}>
          {more === "failed" ? (
            <Button variant="default" size="compact-sm" onClick={onMore}>
              {t("common:more.failed")}
            </Button>
          ) : (
            <span role="status">
              <Loader size="sm" />
              <span className="visually-hidden">{t("common:more.loading")}</span>
            </span>
          )}
        </div>
      )}
    </div>
  );
}

function heightOf(item: InteractionSummary | undefined): number {
  const hits = item ? shownHits(item).length : 0;
  return ROW_HEIGHT + (hits > 0 ? hits * HIT_HEIGHT + HITS_MARGIN : 0);
}

/** In place of the rows that are out of sight. */
function Gap({ height }: { readonly height: number }) {
  return height > 0 && <tr aria-hidden="true" className={classes["gap"]} style={{ height }} />;
}

interface RowProps {
  readonly item: InteractionSummary;
  readonly index: number;
  readonly columns: readonly Column[];
  readonly isActive: boolean;
  readonly register: (id: string, link: HTMLElement | null) => void;
  readonly today: number;
  /** The list's own address, for the way back. */
  readonly list: string;
  readonly onOpen: (id: string) => void;
}

const Row = memo(function Row({ item, index, columns, isActive, register, today, list, onOpen }: RowProps) {
  const t = useTexts();
  const { id } = item;
  const link = useCallback((element: HTMLElement | null) => { register(id, element); }, [register, id]);
  const hasHits = shownHits(item).length > 0;
  return (
    <Fragment>
      <tr
        className={classes["row"]}
        data-testid="activity-row"
        data-active={isActive}
        data-hits={hasHits}
        aria-rowindex={index + 2}
        onClick={() => {
          if (!isSelecting()) onOpen(id);
        }}
      >
        <td className="tabular">
          <Link
            ref={link}
            to={`/activities/${id}`}
            state={{ list }}
            onClick={(event) => {
              event.stopPropagation();
            }}
          >
            {formatMoment(item.started_at, today)}
          </Link>
        </td>
        {columns.map((column) => (
          <td key={column} className="tabular" data-end={AT_END.has(column)}>
            {cellOf(column, item, t)}
          </td>
        ))}
      </tr>
      {hasHits && (
        <tr className={classes["found"]}>
          <td colSpan={columns.length + 1}>
            <Hits item={item} list={list} />
          </td>
        </tr>
      )}
    </Fragment>
  );
});
