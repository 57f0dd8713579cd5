/** Which columns the list has; kept in this browser. */

import { Button, Menu } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";

import { IconColumns } from "../../components/icons";
import type { Column } from "./columns";
import { COLUMNS, USUAL, USUAL_NARROW } from "./columns";
import { useTexts } from "./texts";

const NARROW = "(max-width: 72.5em)";

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
  const isNarrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });
  return [chosen ?? (isNarrow ? USUAL_NARROW : USUAL), choose] as const;
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
