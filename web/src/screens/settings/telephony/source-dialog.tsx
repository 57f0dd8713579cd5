/** Add a telephony source, or change one. */

import { Button, PasswordInput, SegmentedControl, Select, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import type { components } from "../../../api/schema";
import { Dialog } from "../../../components/dialogs";
import { NumberField } from "../../../components/number-field";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import type { TelephonySource } from "../queries";
import { sourcesQuery } from "../queries";
import { useTexts } from "../texts";
import type { SourceDraft } from "./draft";
import { NEW_SOURCE, changeBody, draftOf, faultsOf, newBody, readAgentLines } from "./draft";

type Made = components["schemas"]["MadeSource"];

interface SourceDialogProps {
  /** Of the source, "new", or null: closed. */
  readonly id: string | null;
  readonly sources: readonly TelephonySource[];
  readonly onClose: () => void;
  readonly onMade: (made: Made) => void;
}

export function SourceDialog({ id, sources, onClose, onMade }: SourceDialogProps) {
  const t = useTexts();
  const source = sources.find((one) => one.id === id) ?? null;
  return (
    <Dialog opened={id !== null} size="lg" title={source?.name ?? t("telephony.add")} onClose={onClose}>
      {id !== null && <Form key={id} source={source} onClose={onClose} onMade={onMade} />}
    </Dialog>
  );
}

interface FormProps extends Pick<SourceDialogProps, "onClose" | "onMade"> {
  readonly source: TelephonySource | null;
}

function Form({ source, onClose, onMade }: FormProps) {
  const t = useTexts();
  const client = useQueryClient();
  const [draft, setDraft] = useState<SourceDraft>(source === null ? NEW_SOURCE : draftOf(source));
  const faults = faultsOf(draft, source === null);
  const set = (more: Partial<SourceDraft>) => {
    setDraft((before) => ({ ...before, ...more }));
  };
  const save = useMutation({
    mutationFn: async (): Promise<Made> => {
      if (source === null) return unwrap(api.POST("/api/v1/telephony-sources", { body: newBody(draft) }));
      const params = { path: { source_id: source.id } };
      const changed = await unwrap(api.PATCH("/api/v1/telephony-sources/{source_id}", { params, body: changeBody(draft) }));
      return { source: changed, secret: null };
    },
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: sourcesQuery.queryKey });
      onMade(made);
    },
  });
  return (
    <form
      className={parts["form"]}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (faults.size === 0) save.mutate();
      }}
    >
      {source === null && (
        <SegmentedControl
          aria-label={t("telephony.kind")}
          data={(["call_events", "asterisk"] as const).map((kind) => ({ value: kind, label: t(`telephony.kinds.${kind}`) }))}
          value={draft.kind}
          onChange={(kind) => { set({ kind: kind as SourceDraft["kind"] }); }}
        />
      )}
      <p className={parts["text"]}>{t(`telephony.about.${draft.kind}`)}</p>
      <TextInput
        label={t("name")}
        description={source === null ? t("telephony.nameText") : t("telephony.nameStays")}
        value={draft.name}
        maxLength={100}
        required
        readOnly={source !== null}
        error={draft.name !== "" && faults.has("name") ? t("telephony.nameFault") : null}
        data-autofocus
        onChange={(event) => { set({ name: event.currentTarget.value }); }}
      />
      {draft.kind === "call_events" ? (
        <NumberField<number | null>
          label={t("telephony.silence")}
          description={t("telephony.silenceText")}
          placeholder={t("telephony.silenceNever")}
          min={5}
          max={86_400}
          allowDecimal={false}
          suffix=" s"
          value={draft.silence}
          empty={null}
          onChange={(silence) => { set({ silence }); }}
        />
      ) : (
        <Asterisk draft={draft} isNew={source === null} agentFaults={readAgentLines(draft.agents).faults} set={set} />
      )}
      <Select
        label={t("telephony.unknownPause")}
        description={t("telephony.unknownPauseText")}
        placeholder={t("telephony.unknownPauseInherited")}
        clearable
        data={(["pause", "record"] as const).map((value) => ({ value, label: t(`recording.unknown.${value}`) }))}
        value={draft.unknownPause}
        onChange={(value) => { set({ unknownPause: value as SourceDraft["unknownPause"] }); }}
      />
      {save.isError && <ProblemNotice error={save.error} />}
      <div className={parts["formActions"]}>
        <Button type="submit" disabled={faults.size > 0} loading={save.isPending}>
          {source === null ? t("telephony.make") : t("common:action.save")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
      </div>
    </form>
  );
}

interface AsteriskProps {
  readonly draft: SourceDraft;
  readonly isNew: boolean;
  readonly agentFaults: readonly number[];
  readonly set: (more: Partial<SourceDraft>) => void;
}

function Asterisk({ draft, isNew, agentFaults, set }: AsteriskProps) {
  const t = useTexts();
  return (
    <>
      <div className={parts["inline"]}>
        <TextInput
          className={parts["grow"] ?? ""}
          label={t("asterisk.host")}
          value={draft.host}
          maxLength={253}
          required
          onChange={(event) => { set({ host: event.currentTarget.value }); }}
        />
        <NumberField
          label={t("asterisk.port")}
          w="7rem"
          min={1}
          max={65_535}
          allowDecimal={false}
          thousandSeparator={false}
          value={draft.port}
          onChange={(port) => { set({ port }); }}
        />
        <Switch
          pb="0.5rem"
          label={t("asterisk.tls")}
          checked={draft.tls}
          onChange={(event) => { set({ tls: event.currentTarget.checked }); }}
        />
      </div>
      <TextInput
        label={t("asterisk.username")}
        description={t("asterisk.usernameText")}
        value={draft.username}
        maxLength={100}
        required
        autoComplete="off"
        onChange={(event) => { set({ username: event.currentTarget.value }); }}
      />
      <PasswordInput
        label={t("asterisk.secret")}
        description={isNew ? t("asterisk.secretText") : t("asterisk.secretStays")}
        value={draft.secret}
        maxLength={500}
        required={isNew}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": t("asterisk.show") }}
        onChange={(event) => { set({ secret: event.currentTarget.value }); }}
      />
      {draft.tls && (
        <TextInput
          label={t("asterisk.tlsCa")}
          description={t("asterisk.tlsCaText")}
          value={draft.tlsCa}
          maxLength={1000}
          onChange={(event) => { set({ tlsCa: event.currentTarget.value }); }}
        />
      )}
      <TagsInput
        label={t("asterisk.acw")}
        description={t("asterisk.acwText")}
        value={[...draft.acwReasons]}
        maxTags={50}
        onChange={(acwReasons) => { set({ acwReasons }); }}
      />
      <Textarea
        label={t("asterisk.agents")}
        description={t("asterisk.agentsText")}
        placeholder="PJSIP/1001 = 1001"
        autosize
        minRows={2}
        maxRows={8}
        value={draft.agents}
        error={agentFaults.length > 0 ? t("asterisk.agentsFault", { lines: agentFaults.join(", ") }) : null}
        onChange={(event) => { set({ agents: event.currentTarget.value }); }}
      />
      <TextInput
        label={t("asterisk.monitorDir")}
        description={t("asterisk.monitorDirText")}
        value={draft.monitorDir}
        maxLength={1000}
        onChange={(event) => { set({ monitorDir: event.currentTarget.value }); }}
      />
      {draft.monitorDir !== "" && (
        <TextInput
          label={t("asterisk.monitorPrefix")}
          placeholder="/var/spool/asterisk/monitor"
          value={draft.monitorPrefix}
          maxLength={1000}
          onChange={(event) => { set({ monitorPrefix: event.currentTarget.value }); }}
        />
      )}
    </>
  );
}
