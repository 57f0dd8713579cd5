/** Give the filters of the list a name, or change one that has a name already. */

import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { SavedFilter } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { savedFiltersQuery } from "../../api/queries";
import { ProblemNotice } from "../../components/problem-notice";
import { useMay } from "../../components/use-may";
import type { Filters } from "./filters";
import { toSaved } from "./filters";
import { useTexts } from "./texts";

interface SaveFilterProps {
  readonly filters: Filters;
  /** The one to change; null makes a new one. */
  readonly saved: SavedFilter | null;
  readonly onClose: () => void;
}

const LONGEST_NAME = 100;

export function SaveFilter({ filters, saved, onClose }: SaveFilterProps) {
  const t = useTexts();
  const client = useQueryClient();
  const may = useMay();
  const [name, setName] = useState(saved?.name ?? "");
  const [shared, setShared] = useState(saved?.shared ?? false);
  const [replace, setReplace] = useState(false);
  const save = useMutation({
    mutationFn: (): Promise<unknown> => {
      const query = saved === null || replace ? toSaved(filters) : saved.query;
      const content = { name: name.trim(), shared, query };
      if (saved === null) return unwrap(api.POST("/api/v1/saved-filters", { body: content }));
      return unwrap(
        api.PUT("/api/v1/saved-filters/{filter_id}", {
          params: { path: { filter_id: saved.id } },
          body: { ...content, revision: saved.revision },
        }),
      );
    },
    onSettled: () => client.invalidateQueries({ queryKey: savedFiltersQuery.queryKey }),
    onSuccess: onClose,
  });
  return (
    <Modal opened onClose={onClose} centered closeButtonProps={{ "aria-label": t("common:action.close") }} title={saved === null ? t("saved.add") : t("saved.edit", { name: saved.name })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="md">
          {save.isError && <ProblemNotice error={save.error} />}
          <TextInput
            label={t("saved.name")}
            value={name}
            maxLength={LONGEST_NAME}
            required
            withAsterisk={false}
            data-autofocus
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
          {saved !== null && (
            <Checkbox
              label={t("saved.replace")}
              checked={replace}
              onChange={(event) => {
                setReplace(event.currentTarget.checked);
              }}
            />
          )}
          {(may("filters.share") || shared) && (
            <Checkbox
              label={t("saved.share")}
              checked={shared}
              onChange={(event) => {
                setShared(event.currentTarget.checked);
              }}
            />
          )}
          {filters.range !== null && (saved === null || replace) && (
            <Text size="sm" c="dimmed">
              {t("saved.moves", { range: t(`range.${filters.range}`) })}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === ""}>
              {t("saved.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
