/** Opens the filters. Their code is loaded when somebody comes near the button. */

import { Button, Indicator, Popover } from "@mantine/core";
import { useState } from "react";

import { IconFilter } from "../../components/icons";
import { useLoaded } from "../../components/use-loaded";
import type { Filters } from "./filters";
import { countFilters } from "./filters";
import type { Names } from "./names";
import { useTexts } from "./texts";

interface FilterButtonProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
  readonly names: Names;
}

export function FilterButton({ filters, onChange, names }: FilterButtonProps) {
  const t = useTexts();
  const [opened, setOpened] = useState(false);
  const [panel, want] = useLoaded(() => import("./filter-panel"));
  const count = countFilters(filters);
  const near = () => {
    want();
  };
  return (
    <Popover position="bottom-start" width={620} shadow="md" trapFocus withinPortal opened={opened} onChange={setOpened}>
      <Indicator label={count} disabled={count === 0} size={18} offset={4}>
        <Popover.Target>
          <Button
            variant="default"
            leftSection={<IconFilter size={16} />}
            onPointerEnter={near}
            onFocus={near}
            onClick={() => {
              if (opened) setOpened(false);
              else want(() => { setOpened(true); });
            }}
          >
            {t("filter.open")}
          </Button>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown aria-label={t("filter.open")}>
        {panel && <panel.FilterPanel filters={filters} onChange={onChange} names={names} />}
      </Popover.Dropdown>
    </Popover>
  );
}
