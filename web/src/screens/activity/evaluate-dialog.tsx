/** By which form to evaluate a call, and, if several took part, which agent; leads to the evaluation. */

import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { agentsOf } from "../../api/agents-of";
import { api, unwrap } from "../../api/client";
import { evaluationsOfQuery, publishedFormsQuery } from "../../api/queries";
import { ProblemNotice } from "../../components/problem-notice";
import { useTexts } from "./texts";

export function EvaluateDialog({ interaction, onClose }: { readonly interaction: string; readonly onClose: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const forms = useQuery(publishedFormsQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  const [agent, setAgent] = useState<string | null>(null);
  const form = chosen ?? (forms.data?.length === 1 ? (forms.data[0]?.id ?? null) : null);
  const begin = useMutation({
    mutationFn: (form_id: string) =>
      unwrap(
        api.POST("/api/v1/interactions/{interaction_id}/evaluations", {
          params: { path: { interaction_id: interaction } },
          body: { form_id, ...(agent === null ? {} : { agent_id: agent }) },
        }),
      ),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: evaluationsOfQuery(interaction).queryKey });
      await navigate(`/evaluations/${id}`);
    },
  });
  const agents = agentsOf(begin.error);
  return (
    <Modal opened onClose={onClose} centered closeButtonProps={{ "aria-label": t("common:action.close") }} title={t("evaluations.evaluate")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (form !== null) begin.mutate(form);
        }}
      >
        <Stack gap="md">
          {forms.isError && <ProblemNotice error={forms.error} onRetry={() => void forms.refetch()} />}
          {begin.isError && agents === null && <ProblemNotice error={begin.error} />}
          {forms.data?.length === 0 ? (
            <Text size="sm">{t("evaluations.noForms")}</Text>
          ) : (
            <Select
              label={t("evaluations.form")}
              data={forms.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
              value={form}
              onChange={setChosen}
              searchable
              data-autofocus
            />
          )}
          {agents !== null && (
            <Select
              label={t("evaluations.agent")}
              data={agents.map(({ id, name }) => ({ value: id, label: name }))}
              value={agent}
              onChange={setAgent}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" loading={begin.isPending} disabled={form === null || (agents !== null && agent === null)}>
              {t("evaluations.start")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
