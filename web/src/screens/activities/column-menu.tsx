/** Which columns the list has; kept in this browser. */

import { Button, Menu } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useMemo, useSyncExternalStore } from "react";

import { IconColumns } from "../../components/icons";
import type { Column } from "./columns";
import { COLUMNS, NARROWER, usualColumns } from "./columns";
import { useTexts } from "./texts";

const QUERIES = NARROWER.map((em) => window.matchMedia(`(max-width: ${String(em)}em)`));

function onWidth(changed: () => void) {
  for (const query of QUERIES) query.addEventListener("change", changed);
  return () => {
    for (const query of QUERIES) query.removeEventListener("change", changed);
  };
}

const stepsOfWidth = () => QUERIES.filter((query) => query.matches).length;

/** In the order of `COLUMNS`, whatever an older version of the pages had stored; null: the usual ones. */
export function readColumns(stored: string | undefined): readonly Column[] | null {
  if (stored === undefined) return null;
  try {
    const names: unknown = JSON.parse(stored);
    return Array.isArray(names) ? COLUMNS.filter((column) => names.includes(column)) : null;
  } catch {
    return null;
  }
}

/** Those that were chosen here, else the usual ones of a page this wide. */
export function useColumns() {
  const [chosen, choose] = useLocalStorage<readonly Column[] | null>({
    key: "deskreel.activities.chosen-columns",
    defaultValue: null,
    getInitialValueInEffect: false,
    deserialize: readColumns,
  });
  const steps = useSyncExternalStore(onWidth, stepsOfWidth);
  const usual = useMemo(() => usualColumns(steps), [steps]);
  return [chosen ?? usual, choose] as const;
}

interface ColumnMenuProps {
  readonly columns: readonly Column[];
  /** Null: the usual ones. */
  readonly onChange: (columns: readonly Column[] | null) => void;
}

export function ColumnMenu({ columns, onChange }: ColumnMenuProps) {
  const t = useTexts();
  return (
    <Menu closeOnItemClick={false} position="bottom-end" width={220}>
      <Menu.Target>
        <Button variant="default" size="compact-md" leftSection={<IconColumns size={16} />}>
          {t("columns.open")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {COLUMNS.map((column) => {
          const is = columns.includes(column);
          return (
            <Menu.CheckboxItem
              key={column}
              checked={is}
              onChange={() => {
                onChange(COLUMNS.filter((one) => (one === column ? !is : columns.includes(one))));
              }}
            >
              {t(`column.${column}`)}
            </Menu.CheckboxItem>
          );
        })}
        <Menu.Divider />
        <Menu.Item
          onClick={() => {
            onChange(null);
          }}
        >
          {t("columns.usual")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
