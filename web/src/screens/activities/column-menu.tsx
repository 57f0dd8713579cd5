/** Which columns the list has; kept in this browser. */

import { Button, Menu } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";

import { IconColumns } from "../../components/icons";
import type { Column } from "./columns";
import { COLUMNS, USUAL } from "./columns";
import { useTexts } from "./texts";

/** In the order of `COLUMNS`, whatever an older version of the pages had stored. */
export function readColumns(stored: string | undefined): readonly Column[] {
  if (stored === undefined) return USUAL;
  try {
    const names: unknown = JSON.parse(stored);
    return Array.isArray(names) ? COLUMNS.filter((column) => names.includes(column)) : USUAL;
  } catch {
    return USUAL;
  }
}

export function useColumns() {
  return useLocalStorage<readonly Column[]>({
    key: "deskreel.activities.columns",
    defaultValue: USUAL,
    getInitialValueInEffect: false,
    deserialize: readColumns,
  });
}

interface ColumnMenuProps {
  readonly columns: readonly Column[];
  readonly onChange: (columns: readonly Column[]) => void;
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
            onChange(USUAL);
          }}
        >
          {t("columns.usual")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
