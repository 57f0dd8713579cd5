/** One user: made or changed, given a new code, signed out everywhere. */

import { Alert, Button, MultiSelect, Select, Switch, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import { same } from "../../../components/changes";
import { ConfirmButton, Dialog, Secret } from "../../../components/dialogs";
import classes from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import { isConflict } from "../../../components/use-versioned";
import { formatMoment } from "../../../lib/format";
import { RegionLink, useOwnRegions } from "../own-regions";
import type { UserDetails } from "../queries";
import { selectionQuery, teamsQuery, usersQuery } from "../queries";
import { useTexts } from "../texts";
import type { UserDraft } from "./draft";
import { NEW_USER, bodyOf, draftOf, faultsOf, takesCalls } from "./draft";
import { Identities } from "./identities";
import { USER_ROLES } from "./users";

interface UserDialogProps {
  /** Of the user, "new", or null: closed. */
  readonly id: string | null;
  readonly readOnly: boolean;
  readonly onClose: () => void;
}

interface Shown {
  readonly name: string;
  readonly code: string;
  readonly expiresAt: number;
}

export function UserDialog({ id, readOnly, onClose }: UserDialogProps) {
  const t = useTexts();
  const users = useQuery(usersQuery);
  const [shown, setShown] = useState<Shown | null>(null);
  const [now, setNow] = useState(0);
  const user = users.data?.find((one) => one.id === id) ?? null;
  const close = () => {
    setShown(null);
    onClose();
  };
  const title = shown ? t("users.codeTitle") : id === "new" ? t("users.add") : (user?.name ?? t("users.title"));
  return (
    <Dialog opened={id !== null} size="lg" title={title} holds={shown !== null} onClose={close}>
      {shown !== null ? (
        <>
          <Secret value={shown.code} label={t("users.code")}>
            <p className={classes["text"]}>
              {t("users.codeText", { name: shown.name, until: formatMoment(shown.expiresAt, now) })}
            </p>
          </Secret>
          <div className={classes["actions"]}>
            <Button onClick={close}>{t("common:action.kept")}</Button>
          </div>
        </>
      ) : (
        (id === "new" || user !== null) && (
          <Form
            key={id}
            user={user}
            readOnly={readOnly}
            onCode={(code) => {
              setNow(Date.now());
              setShown(code);
            }}
            onClose={close}
          />
        )
      )}
    </Dialog>
  );
}

interface FormProps {
  readonly user: UserDetails | null;
  readonly readOnly: boolean;
  readonly onCode: (shown: Shown) => void;
  readonly onClose: () => void;
}

function Form({ user, readOnly, onCode, onClose }: FormProps) {
  const t = useTexts();
  const client = useQueryClient();
  const teams = useQuery(teamsQuery);
  const [opened, setOpened] = useState(user);
  const [draft, setDraft] = useState<UserDraft>(user === null ? NEW_USER : draftOf(user));
  const faults = faultsOf(draft);
  const dirty = !same(draft, opened === null ? NEW_USER : draftOf(opened));
  const set = (more: Partial<UserDraft>) => {
    setDraft((before) => ({ ...before, ...more }));
  };
  const refresh = () => Promise.all([usersQuery, selectionQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey })));
  const save = useMutation({
    mutationFn: async () => {
      if (opened === null) return unwrap(api.POST("/api/v1/users", { body: bodyOf(draft) }));
      const params = { path: { user_id: opened.id } };
      await unwrap(api.PUT("/api/v1/users/{user_id}", { params, body: { ...bodyOf(draft), version: opened.version } }));
      return null;
    },
    onError: async (error) => {
      // The form keeps what was typed; saved once more it takes the place of what the other one saved.
      if (opened === null || !isConflict(error)) return;
      setOpened(await unwrap(api.GET("/api/v1/users/{user_id}", { params: { path: { user_id: opened.id } } })));
    },
    onSuccess: async (made) => {
      await refresh();
      if (made === null) onClose();
      else onCode({ name: made.user.name, code: made.reset.code, expiresAt: made.reset.expires_at });
    },
  });
  return (
    <form
      className={classes["form"]}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (faults.size === 0) save.mutate();
      }}
    >
      <TextInput
        label={t("name")}
        value={draft.name}
        maxLength={200}
        required
        readOnly={readOnly}
        data-autofocus
        onChange={(event) => { set({ name: event.currentTarget.value }); }}
      />
      <TextInput
        label={t("users.email")}
        type="email"
        value={draft.email}
        maxLength={200}
        required
        readOnly={readOnly}
        error={dirty && draft.email !== "" && faults.has("email") ? t("users.emailFault") : null}
        onChange={(event) => { set({ email: event.currentTarget.value }); }}
      />
      <Select
        label={t("users.role")}
        description={t(`roles.about.${draft.role}`)}
        data={USER_ROLES.map((role) => ({ value: role, label: t(`common:role.${role}`) }))}
        value={draft.role}
        allowDeselect={false}
        disabled={readOnly}
        onChange={(role) => { set({ role: role as UserDraft["role"] }); }}
      />
      <MultiSelect
        label={t("nav.pages.teams")}
        description={draft.role === "agent" ? t("users.oneTeam") : t("users.noTeam")}
        data={(teams.data ?? []).map((team) => ({ value: team.id, label: team.name }))}
        value={[...draft.teams]}
        searchable
        clearable
        disabled={readOnly}
        nothingFoundMessage={t("nothingFits")}
        error={faults.has("teams") ? t("users.oneTeam") : null}
        onChange={(chosen) => { set({ teams: chosen }); }}
      />
      <Identities value={draft.identities} readOnly={readOnly} onChange={(identities) => { set({ identities }); }} />
      {takesCalls(draft) && (
        <Switch
          label={t("users.inQm")}
          description={t("users.inQmText")}
          checked={draft.qualityManagement}
          disabled={readOnly}
          onChange={(event) => { set({ qualityManagement: event.currentTarget.checked }); }}
        />
      )}
      {opened?.agent && <OwnRegion agentId={opened.agent.id} name={opened.name} />}
      {opened !== null && (
        <Switch
          label={t("users.activeLabel")}
          description={t("users.activeText")}
          checked={draft.active}
          disabled={readOnly}
          onChange={(event) => { set({ active: event.currentTarget.checked }); }}
        />
      )}
      {save.isError &&
        (isConflict(save.error) ? (
          <Alert color="yellow" title={t("common:save.conflict")} role="alert">
            {t("users.conflictHint")}
          </Alert>
        ) : (
          <ProblemNotice error={save.error} />
        ))}
      {!readOnly && (
        <div className={classes["formActions"]}>
          <Button type="submit" disabled={faults.size > 0 || !dirty} loading={save.isPending}>
            {opened === null ? t("users.make") : t("common:action.save")}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          {opened !== null && <Access user={opened} onCode={onCode} refresh={refresh} />}
        </div>
      )}
    </form>
  );
}

/** Where their recordings go, if there is a choice. */
function OwnRegion({ agentId, name }: { readonly agentId: string; readonly name: string }) {
  const t = useTexts();
  const regions = useOwnRegions();
  if (regions === null) return null;
  return (
    <div>
      {t("network.choice.label")}:{" "}
      <RegionLink scope={agentId} name={name} region={regions.get(agentId) ?? t("recording.from.above")} />
    </div>
  );
}

interface AccessProps {
  readonly user: UserDetails;
  readonly onCode: (shown: Shown) => void;
  readonly refresh: () => Promise<unknown>;
}

function Access({ user, onCode, refresh }: AccessProps) {
  const t = useTexts();
  const params = { path: { user_id: user.id } };
  return (
    <span className={classes["pushed"]}>
      <ConfirmButton
        size="sm"
        label={t("users.signOut")}
        title={t("users.signOutTitle", { name: user.name })}
        text={t("users.signOutText")}
        act={() => unwrap(api.POST("/api/v1/users/{user_id}/sign-out", { params }))}
      />
      <ConfirmButton
        size="sm"
        label={t("users.reset")}
        title={t("users.resetTitle", { name: user.name })}
        text={t("users.resetText")}
        act={async () => {
          const code = await unwrap(api.POST("/api/v1/users/{user_id}/password-reset", { params }));
          await refresh();
          onCode({ name: user.name, code: code.code, expiresAt: code.expires_at });
        }}
      />
    </span>
  );
}
