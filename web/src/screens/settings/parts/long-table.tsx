/** A table of any length: only the rows in sight are on the page; readers of screens hear how many there are. */

import { useVirtualizer } from "@tanstack/react-virtual";
import type { ReactNode } from "react";
import { useRef } from "react";

import classes from "./parts.module.css";

export interface Column {
  readonly key: string;
  readonly title: ReactNode;
  readonly end?: boolean;
  readonly width?: string;
}

interface LongTableProps<T> {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly items: readonly T[];
  readonly rowKey: (item: T) => string;
  /** The cells of a row, one for each column. */
  readonly row: (item: T) => ReactNode;
  readonly rowHeight?: number;
}

const ROW_PX = 48;

export function LongTable<T>({ caption, columns, items, rowKey, row, rowHeight = ROW_PX }: LongTableProps<T>) {
  const scroll = useRef<HTMLDivElement>(null);
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
  });
  const shown = rows.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const after = rows.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <div className={classes["scroll"]} ref={scroll} tabIndex={0} role="group" aria-label={caption}>
      <table className={classes["table"]} aria-rowcount={items.length + 1}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.end ? classes["end"] : undefined} style={{ width: column.width }}>
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
              <tr key={virtual.key} ref={rows.measureElement} data-index={virtual.index} data-testid="row" aria-rowindex={virtual.index + 2}>
                {row(item)}
              </tr>
            );
          })}
          <Spacer px={after} columns={columns.length} />
        </tbody>
      </table>
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
