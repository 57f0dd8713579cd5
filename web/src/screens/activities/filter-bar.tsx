/** Above the list: search, time, the other filters, saved ones; and what is set, each with its way out. */

import { Button, CloseButton, NativeSelect, Pill, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";
import type { RefObject } from "react";

import { IconSearch } from "../../components/icons";
import { chipsOf } from "./chips";
import classes from "./filter-bar.module.css";
import { FilterButton } from "./filter-button";
import type { Filters, Range } from "./filters";
import { LONGEST_TEXT, NO_FILTERS, RANGES, isUnfiltered } from "./filters";
import type { Names } from "./names";
import { SavedFilters } from "./saved-filters";
import { useTexts } from "./texts";

interface FilterBarProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
  readonly names: Names;
  /** The field gets the focus of a filter that is taken away: its button goes with it. */
  readonly search: RefObject<HTMLInputElement | null>;
}

export function FilterBar({ filters, onChange, names, search }: FilterBarProps) {
  const t = useTexts();
  const takeAway = (left: Filters) => {
    onChange(left);
    search.current?.focus();
  };
  const days = filters.from !== null || filters.to !== null;
  const ranges = [
    { value: "all", label: t("range.all") },
    ...RANGES.map((value) => ({ value: value as string, label: t(`range.${value}`) })),
    ...(days ? [{ value: "days", label: t("range.days") }] : []),
  ];
  return (
    <>
      <search className={classes["bar"]} aria-label={t("filter.label")}>
        <Search
          input={search}
          text={filters.text}
          onChange={(text) => {
            onChange({ ...filters, text });
          }}
        />
        <NativeSelect
          aria-label={t("range.label")}
          className={classes["range"] ?? ""}
          data={ranges}
          value={days ? "days" : (filters.range ?? "all")}
          onChange={(event) => {
            const { value } = event.currentTarget;
            if (value === "days") return;
            onChange({ ...filters, range: value === "all" ? null : (value as Range), from: null, to: null });
          }}
        />
        <FilterButton filters={filters} onChange={onChange} names={names} />
        <SavedFilters filters={filters} onChange={onChange} />
      </search>
      {!isUnfiltered(filters) && (
        <div className={classes["chips"]}>
          {chipsOf(filters, names, t).map(({ key, label, without }) => (
            <Pill
              key={key}
              size="md"
              withRemoveButton
              removeButtonProps={{ "aria-label": t("filter.remove", { filter: label }), "aria-hidden": false, tabIndex: 0 }}
              onRemove={() => {
                takeAway(without);
              }}
            >
              {label}
            </Pill>
          ))}
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={() => {
              takeAway({ ...NO_FILTERS, sort: filters.sort });
            }}
          >
            {t("filter.clear")}
          </Button>
        </div>
      )}
    </>
  );
}

const TYPING_MS = 300;

interface SearchProps {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** Asks once typing rests; "/" comes here from anywhere on the page. */
function Search({ input, text, onChange }: SearchProps) {
  const t = useTexts();
  const [typed, setTyped] = useState(text);
  const [known, setKnown] = useState(text);
  if (text !== known) {
    // The address changed by something else: the way back, a chip, a saved filter.
    setKnown(text);
    if (text !== typed.trim()) setTyped(text);
  }
  const tell = useDebouncedCallback((value: string) => {
    onChange(value);
  }, TYPING_MS);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || target?.closest("input, textarea, select, [role=dialog]")) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, [input]);
  const change = (value: string) => {
    setTyped(value);
    tell(value.trim());
  };
  return (
    <TextInput
      ref={input}
      className={classes["search"] ?? ""}
      aria-label={t("search.label")}
      placeholder={t("search.placeholder")}
      title={t("search.help")}
      leftSection={<IconSearch size={16} />}
      rightSection={
        typed !== "" && (
          <CloseButton
            size="sm"
            aria-label={t("search.clear")}
            onClick={() => {
              change("");
              input.current?.focus();
            }}
          />
        )
      }
      maxLength={LONGEST_TEXT}
      value={typed}
      onChange={(event) => {
        change(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          change("");
          event.currentTarget.blur();
        }
      }}
    />
  );
}
