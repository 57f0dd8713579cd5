/** Rows of the report as they become known; what to do stands under what was measured. */

import { Skeleton } from "@mantine/core";

import parts from "../../components/parts.module.css";
import type { Check, Row } from "./engine/rows";
import classes from "./network-check.module.css";
import { useTexts } from "./texts";
import { VerdictState } from "./verdict";
import { say } from "./words";

interface RowsTableProps {
  readonly title: string;
  readonly checks: readonly Check[];
  readonly rows: readonly Row[];
  /** What is missing may still come. */
  readonly running: boolean;
}

export function RowsTable({ title, checks, rows, running }: RowsTableProps) {
  const t = useTexts();
  const known = new Map(rows.map((row) => [row.check, row]));
  const shown = running ? checks : checks.filter((check) => known.has(check));
  return (
    <table className={`${parts["table"] ?? ""} ${classes["rows"] ?? ""}`}>
      <caption className="visually-hidden">{title}</caption>
      <thead>
        <tr>
          {(["check", "verdict", "measured", "required"] as const).map((column) => (
            <th key={column} scope="col">{t(`columns.${column}`)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map((check) => (
          <Line key={check} check={check} row={known.get(check)} />
        ))}
      </tbody>
    </table>
  );
}

function Line({ check, row }: { readonly check: Check; readonly row: Row | undefined }) {
  const t = useTexts();
  if (row === undefined) {
    return (
      <tr data-testid={`check-${check}`}>
        <th scope="row">{t(`checks.${check}`)}</th>
        <td className={parts["muted"]}>{t("waiting")}</td>
        <td><Skeleton height={12} width="60%" /></td>
        <td />
      </tr>
    );
  }
  const { title, measured, required, advice } = say(row, t);
  return (
    <tr data-testid={`check-${check}`} data-verdict={row.verdict}>
      <th scope="row">{title}</th>
      <td><VerdictState verdict={row.verdict} /></td>
      <td className="tabular">
        {measured}
        {advice !== "" && <p className={classes["advice"]}>{t("whatToDo", { advice })}</p>}
      </td>
      <td className={`tabular ${parts["muted"] ?? ""}`}>{required}</td>
    </tr>
  );
}
