/** Somebody who takes calls and is recorded: a new user with an extension, or one who is there already. */

import { Button, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../api/client";
import { Secret } from "../../components/dialogs";
import { ProblemNotice } from "../../components/problem-notice";
import type { SelectableUser } from "../settings/queries";
import { selectionQuery, usersQuery } from "../settings/queries";
import { choiceOf, selectionBody } from "../settings/selection/model";
import { useTexts } from "./texts";
import type { Candidates } from "./use-candidate";
import classes from "./welcome.module.css";

interface AgentStepProps {
  readonly people: readonly SelectableUser[];
  readonly candidate: Candidates;
  readonly onHold: () => void;
  readonly onGoOn: () => void;
}

export function AgentStep({ people, candidate, onHold, onGoOn }: AgentStepProps) {
  const t = useTexts();
  const [code, setCode] = useState<{ readonly name: string; readonly value: string } | null>(null);
  const record = useRecord(candidate.choose);
  const free = people.filter((one) => one.agent_id !== null && !one.captured && one.reason !== "user_inactive");
  return (
    <div className={classes["form"]}>
      {candidate.chosen !== null && (
        <Select
          label={t("steps.agent.chosen")}
          description={t("steps.agent.chosenText")}
          searchable
          allowDeselect={false}
          limit={50}
          data={candidate.all.map((one) => ({ value: one.agentId, label: one.name }))}
          value={candidate.chosen.agentId}
          onChange={(value) => {
            if (value !== null) candidate.choose(value);
          }}
        />
      )}
      {code !== null && (
        <div className={classes["inset"]}>
          <Secret value={code.value} label={t("steps.agent.code")}>
            <p>{t("steps.agent.codeText", { name: code.name })}</p>
          </Secret>
          <div className={classes["actions"]}>
            <Button onClick={onGoOn}>{t("steps.agent.goOn")}</Button>
          </div>
        </div>
      )}
      {free.length > 0 && (
        <Select
          label={t("steps.agent.there")}
          placeholder={t("steps.agent.thereChoose")}
          searchable
          limit={50}
          data={free.map((one) => ({ value: one.agent_id ?? "", label: one.name }))}
          value={null}
          disabled={record.isPending}
          onChange={(value) => {
            if (value !== null) record.mutate(value);
          }}
        />
      )}
      {record.isError && <ProblemNotice error={record.error} />}
      <NewAgent
        onMade={(made) => {
          onHold();
          setCode({ name: made.name, value: made.code });
          record.mutate(made.agentId);
        }}
      />
    </div>
  );
}

/** Enables somebody in Quality Management and selects them, beside whoever is already. */
function useRecord(onDone: (agentId: string) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (agentId: string) => {
      const read = () => client.fetchQuery({ ...selectionQuery, staleTime: 0 });
      let selection = await read();
      const enabled = selection.items.flatMap((one) => (one.quality_management && one.agent_id !== null ? [one.agent_id] : []));
      if (!enabled.includes(agentId)) {
        const body = { version: selection.version, agent_ids: [...enabled, agentId] };
        await unwrap(api.PUT("/api/v1/quality-management/users", { body }));
        selection = await read();
      }
      const choice = { ...choiceOf(selection, []), [agentId]: true };
      await unwrap(api.PUT("/api/v1/screen-recording/users", { body: selectionBody(choice, selection.version) }));
      return agentId;
    },
    onSuccess: (agentId) => {
      onDone(agentId);
    },
    onSettled: () => Promise.all([selectionQuery, usersQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey }))),
  });
}

interface MadeAgent {
  readonly name: string;
  readonly agentId: string;
  readonly code: string;
}

function NewAgent({ onMade }: { readonly onMade: (made: MadeAgent) => void }) {
  const t = useTexts();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [extension, setExtension] = useState("");
  const ready = name.trim() !== "" && /^[^@\s]+@[^@\s]+$/.test(email.trim()) && extension.trim() !== "";
  const make = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/users", {
          body: {
            name: name.trim(),
            email: email.trim(),
            role: "agent",
            active: true,
            identities: [{ kind: "extension", value: extension.trim() }],
            quality_management: true,
          },
        }),
      ),
    onSuccess: ({ user, reset }) => {
      setName("");
      setEmail("");
      setExtension("");
      if (user.agent) onMade({ name: user.name, agentId: user.agent.id, code: reset.code });
    },
  });
  return (
    <form
      className={classes["inset"]}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) make.mutate();
      }}
    >
      <h3>{t("steps.agent.new")}</h3>
      <p>{t("steps.agent.newText")}</p>
      <div className={classes["fields"]}>
        <TextInput label={t("steps.agent.name")} value={name} maxLength={200} required onChange={(event) => { setName(event.currentTarget.value); }} />
        <TextInput
          label={t("steps.agent.email")}
          type="email"
          value={email}
          maxLength={200}
          required
          onChange={(event) => { setEmail(event.currentTarget.value); }}
        />
        <TextInput
          label={t("steps.agent.extension")}
          placeholder="1001"
          value={extension}
          maxLength={200}
          required
          onChange={(event) => { setExtension(event.currentTarget.value); }}
        />
      </div>
      {make.isError && <ProblemNotice error={make.error} />}
      <div className={classes["actions"]}>
        <Button type="submit" disabled={!ready} loading={make.isPending}>
          {t("steps.agent.make")}
        </Button>
      </div>
    </form>
  );
}
