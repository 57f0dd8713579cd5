/** The head of the table: names, and by what one can sort. */

import { UnstyledButton } from "@mantine/core";

import { IconDown, IconUp } from "../../components/icons";
import type { Column } from "./columns";
import { AT_END, SORTED } from "./columns";
import type { Sort } from "./filters";
import classes from "./list.module.css";
import { useTexts } from "./texts";

interface TableHeadProps {
  readonly columns: readonly Column[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

export function TableHead({ columns, sort, onSort }: TableHeadProps) {
  const t = useTexts();
  return (
    <thead>
      <tr aria-rowindex={1}>
        <Sorted by="time" name={t("column.time")} sort={sort} onSort={onSort} />
        {columns.map((column) => {
          const by = SORTED[column];
          const name = t(`column.${column}`);
          if (by) return <Sorted key={column} by={by} name={name} sort={sort} onSort={onSort} atEnd={AT_END.has(column)} />;
          return (
            <th key={column} scope="col" data-end={AT_END.has(column)}>
              {column === "direction" ? <span className="visually-hidden">{name}</span> : name}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

interface SortedProps {
  readonly by: "time" | "duration" | "coverage";
  readonly name: string;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly atEnd?: boolean;
}

/** First from the last or largest on, then the other way round. */
function Sorted({ by, name, sort, onSort, atEnd = false }: SortedProps) {
  const down = sort === `-${by}`;
  const is = down || sort === by;
  return (
    <th scope="col" data-end={atEnd} {...(is ? { "aria-sort": down ? "descending" : "ascending" } : {})}>
      <UnstyledButton
        className={classes["sort"] ?? ""}
        data-is={is}
        onClick={() => {
          onSort(down ? by : `-${by}`);
        }}
      >
        {name}
        {is && !down ? <IconUp size={14} /> : <IconDown size={14} />}
      </UnstyledButton>
    </th>
  );
}
