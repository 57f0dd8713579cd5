/** Filters with names: one's own and those that others share. Choose, save, rename, replace, remove. */

import { ActionIcon, Button, Popover, Tooltip, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy, useState } from "react";

import type { SavedFilter } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { savedFiltersQuery } from "../../api/queries";
import { IconBookmark, IconEdit, IconPlus, IconTrash } from "../../components/icons";
import { ProblemNotice } from "../../components/problem-notice";
import classes from "./filter-bar.module.css";
import type { Filters } from "./filters";
import { fromSaved } from "./filters";
import { useTexts } from "./texts";

const SaveFilter = lazy(async () => ({ default: (await import("./save-filter")).SaveFilter }));

interface SavedFiltersProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

export function SavedFilters({ filters, onChange }: SavedFiltersProps) {
  const t = useTexts();
  const [opened, setOpened] = useState(false);
  const [editing, setEditing] = useState<SavedFilter | "new" | null>(null);
  const saved = useQuery({ ...savedFiltersQuery, enabled: opened });
  return (
    <>
      <Popover position="bottom-start" width={340} shadow="md" trapFocus opened={opened} onChange={setOpened}>
        <Popover.Target>
          <Button
            variant="default"
            leftSection={<IconBookmark size={16} />}
            onClick={() => {
              setOpened(!opened);
            }}
          >
            {t("saved.open")}
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label={t("saved.open")}>
          {saved.isError && <ProblemNotice error={saved.error} onRetry={() => void saved.refetch()} />}
          {saved.isPending && <p className={classes["quiet"]}>{t("common:loading")}</p>}
          {saved.data?.length === 0 && <p className={classes["quiet"]}>{t("saved.none")}</p>}
          {saved.data && saved.data.length > 0 && (
            <ul className={classes["saved"]}>
              {saved.data.map((one) => (
                <Saved
                  key={one.id}
                  filter={one}
                  onApply={() => {
                    onChange(fromSaved(one.query));
                    setOpened(false);
                  }}
                  onEdit={() => {
                    setOpened(false);
                    setEditing(one);
                  }}
                />
              ))}
            </ul>
          )}
          <Button
            fullWidth
            variant="light"
            leftSection={<IconPlus size={16} />}
            onClick={() => {
              setOpened(false);
              setEditing("new");
            }}
          >
            {t("saved.add")}
          </Button>
        </Popover.Dropdown>
      </Popover>
      {editing !== null && (
        <Suspense>
          <SaveFilter
            filters={filters}
            saved={editing === "new" ? null : editing}
            onClose={() => {
              setEditing(null);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

interface SavedProps {
  readonly filter: SavedFilter;
  readonly onApply: () => void;
  readonly onEdit: () => void;
}

function Saved({ filter, onApply, onEdit }: SavedProps) {
  const t = useTexts();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/saved-filters/{filter_id}", { params: { path: { filter_id: filter.id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: savedFiltersQuery.queryKey }),
  });
  const { name } = filter;
  return (
    <li>
      <UnstyledButton className={classes["apply"] ?? ""} onClick={onApply} title={name}>
        {name}
        {filter.shared && <span className={classes["of"]}> {filter.may_edit ? t("saved.shared") : t("saved.by", { name: filter.owner.name })}</span>}
      </UnstyledButton>
      {filter.may_edit && (
        <Tooltip label={t("saved.edit", { name })}>
          <ActionIcon variant="subtle" color="gray" aria-label={t("saved.edit", { name })} onClick={onEdit}>
            <IconEdit size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      {filter.may_delete && (
        <Tooltip label={t("saved.remove", { name })}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("saved.remove", { name })}
            loading={remove.isPending}
            onClick={() => {
              remove.mutate();
            }}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </li>
  );
}
