/** A table of any length: only the rows in sight are on the page; readers of screens hear how many there are. */

import { Button, Loader } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { HTMLAttributes, ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import classes from "./parts.module.css";

export interface Column {
  readonly key: string;
  readonly title: ReactNode;
  readonly end?: boolean;
  readonly width?: string;
  /** How wide the page has to be for it; the row's cell says the same by its class. */
  readonly from?: "medium" | "wide" | undefined;
}

/** What comes after the items that are here: nothing, or more from the server. */
export type More = "none" | "waiting" | "loading" | "failed";

type RowProps = Pick<HTMLAttributes<HTMLTableRowElement>, "onClick"> & Readonly<Record<`data-${string}`, string | boolean>>;

interface LongTableProps<T> {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly items: readonly T[];
  readonly rowKey: (item: T) => string;
  /** The cells of a row, one for each column. */
  readonly row: (item: T) => ReactNode;
  /** What the row itself has besides its cells: data for its look, a click anywhere in it. */
  readonly rowProps?: (item: T) => RowProps;
  readonly rowHeight?: number;
  readonly testId?: string;
  readonly more?: More;
  /** The end of the items comes near, or somebody tries again. */
  readonly onMore?: () => void;
  /** Where the table stood when it was last left; it is written to. */
  readonly place?: { offset: number };
}

const ROW_PX = 48;
/** So many rows before the end more is asked for. */
const AHEAD = 60;

export function LongTable<T>(props: LongTableProps<T>) {
  const { caption, columns, items, rowKey, row, rowProps, rowHeight = ROW_PX, testId = "row", more = "none", onMore, place } = props;
  const { t } = useTranslation();
  const scroll = useRef<HTMLDivElement>(null);
  const [start] = useState(place?.offset ?? 0);
  // The compiler's rule cannot see into it; nothing here is memoised by hand.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : rowKey(item);
    },
    overscan: 8,
    initialOffset: start,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more === "waiting" && last >= items.length - AHEAD) onMore?.();
  });
  const before = shown[0]?.start ?? 0;
  const after = rows.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <div
      className={classes["scroll"]}
      ref={scroll}
      tabIndex={0}
      role="group"
      aria-label={caption}
      onScroll={(event) => {
        const { scrollTop } = event.currentTarget;
        const first = rows.getVirtualItemForOffset(scrollTop);
        // As if all rows were as high as they are taken to be before they are measured.
        if (place && first) place.offset = first.index * rowHeight + scrollTop - first.start;
      }}
    >
      <table className={classes["table"]} aria-rowcount={more === "none" ? items.length + 1 : -1}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={[column.end && classes["end"], column.from && classes[column.from]].filter(Boolean).join(" ")} style={{ width: column.width }}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer px={before} columns={columns.length} />
          {shown.map((virtual) => {
            const item = items[virtual.index];
            if (item === undefined) return null;
            return (
              <tr
                key={virtual.key}
                ref={rows.measureElement}
                data-index={virtual.index}
                data-testid={testId}
                aria-rowindex={virtual.index + 2}
                {...rowProps?.(item)}
              >
                {row(item)}
              </tr>
            );
          })}
          <Spacer px={after} columns={columns.length} />
        </tbody>
      </table>
      {more === "failed" && (
        <div className={classes["more"]}>
          <Button variant="default" size="compact-sm" onClick={onMore}>
            {t("more.failed")}
          </Button>
        </div>
      )}
      {(more === "waiting" || more === "loading") && (
        <div className={classes["more"]} role="status">
          <Loader size="sm" />
          <span className="visually-hidden">{t("more.loading")}</span>
        </div>
      )}
    </div>
  );
}

function Spacer({ px, columns }: { readonly px: number; readonly columns: number }) {
  if (px <= 0) return null;
  return (
    <tr className={classes["spacer"]} aria-hidden="true">
      <td colSpan={columns} style={{ height: px }} />
    </tr>
  );
}
