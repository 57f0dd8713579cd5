/** Add a webhook's endpoint, or change one. */

import { Button, MultiSelect, Switch, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import type { components } from "../../../api/schema";
import { Dialog } from "../../../components/dialogs";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import type { Endpoint } from "../queries";
import { webhooksQuery } from "../queries";
import { useTexts } from "../texts";

type EventType = components["schemas"]["EventType"];

const EVENTS = [
  "screen_recording.started",
  "screen_recording.paused",
  "screen_recording.resumed",
  "screen_recording.ended",
  "screen_recording.available",
  "screen_recording.failed",
  "evaluation.published",
] as const satisfies readonly EventType[];

interface EndpointDialogProps {
  readonly id: string | null;
  readonly endpoints: readonly Endpoint[];
  readonly onClose: () => void;
  /** With the secret of a new one. */
  readonly onMade: (secret: string | null) => void;
}

export function EndpointDialog({ id, endpoints, onClose, onMade }: EndpointDialogProps) {
  const t = useTexts();
  const endpoint = endpoints.find((one) => one.id === id) ?? null;
  return (
    <Dialog opened={id !== null} size="lg" title={endpoint === null ? t("webhooks.add") : t("webhooks.edit")} onClose={onClose}>
      {id !== null && <Form key={id} endpoint={endpoint} onClose={onClose} onMade={onMade} />}
    </Dialog>
  );
}

interface FormProps extends Pick<EndpointDialogProps, "onClose" | "onMade"> {
  readonly endpoint: Endpoint | null;
}

function Form({ endpoint, onClose, onMade }: FormProps) {
  const t = useTexts();
  const client = useQueryClient();
  const [url, setUrl] = useState(endpoint?.url ?? "https://");
  const [description, setDescription] = useState(endpoint?.description ?? "");
  const [events, setEvents] = useState<readonly EventType[]>(endpoint?.events ?? []);
  const [active, setActive] = useState(endpoint?.active ?? true);
  const save = useMutation({
    mutationFn: async () => {
      const body = { url: url.trim(), description: description.trim(), events: [...events], active };
      if (endpoint === null) return (await unwrap(api.POST("/api/v1/webhooks", { body }))).secret;
      await unwrap(api.PUT("/api/v1/webhooks/{endpoint_id}", { params: { path: { endpoint_id: endpoint.id } }, body }));
      return null;
    },
    onSuccess: async (secret) => {
      await client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
      onMade(secret);
    },
  });
  return (
    <form
      className={parts["form"]}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (url.trim().length >= 8) save.mutate();
      }}
    >
      <TextInput
        label={t("webhooks.url")}
        description={t("webhooks.urlText")}
        type="url"
        value={url}
        maxLength={2000}
        required
        data-autofocus
        onChange={(event) => { setUrl(event.currentTarget.value); }}
      />
      <TextInput
        label={t("webhooks.description")}
        value={description}
        maxLength={200}
        onChange={(event) => { setDescription(event.currentTarget.value); }}
      />
      <MultiSelect
        label={t("webhooks.events")}
        description={t("webhooks.eventsText")}
        placeholder={events.length === 0 ? t("webhooks.all") : ""}
        data={[...EVENTS]}
        value={[...events]}
        clearable
        searchable
        onChange={(chosen) => { setEvents(chosen as EventType[]); }}
      />
      <Switch label={t("webhooks.activeLabel")} checked={active} onChange={(event) => { setActive(event.currentTarget.checked); }} />
      {save.isError && <ProblemNotice error={save.error} />}
      <div className={parts["formActions"]}>
        <Button type="submit" disabled={url.trim().length < 8} loading={save.isPending}>
          {t("common:action.save")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
      </div>
    </form>
  );
}
