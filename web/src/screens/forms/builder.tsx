/** One form: built, tried out, its versions; what can be done with it above, what is not saved below. */

import { Button, Tabs } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { flushSync } from "react-dom";
import { Link, useNavigate, useParams } from "react-router";

import { api, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import { ConfirmButton } from "../../components/dialogs";
import { Empty } from "../../components/empty";
import { Loaded } from "../../components/page";
import { ProblemNotice } from "../../components/problem-notice";
import { UnsavedGuard } from "../../components/save-bar";
import { State } from "../../components/state";
import { TitleBar } from "../../components/title-bar";
import { useMay } from "../../components/use-may";
import { useTell } from "../../components/use-tell";
import { Conflict } from "./conflict";
import { Editor } from "./editor";
import { LEVELS } from "./forms";
import classes from "./forms.module.css";
import { Preview } from "./preview";
import type { Form } from "./queries";
import { formQuery } from "./queries";
import { useTexts } from "./texts";
import type { FormEditing } from "./use-form";
import { useForm } from "./use-form";
import { Versions } from "./versions";

export function FormPage() {
  const { id = "" } = useParams();
  const form = useQuery(formQuery(id));
  const isGone = form.isError && [403, 404].includes(problemOf(form.error).status);
  if (isGone && form.data === undefined) return <Gone />;
  if (form.data === undefined) return <Loaded query={form}>{() => null}</Loaded>;
  return (
    <>
      {form.isError && !isGone && <ProblemNotice error={form.error} onRetry={() => void form.refetch()} />}
      <Builder key={form.data.id} form={form.data} isGone={isGone} />
    </>
  );
}

function Gone() {
  const t = useTexts();
  return (
    <Empty title={t("gone")}>
      <title>{`${t("title")} · Deskreel`}</title>
      <h1 className="visually-hidden">{t("title")}</h1>
      <p>{t("goneText")}</p>
      <Link to="/forms">{t("toList")}</Link>
    </Empty>
  );
}

/** A form that somebody else deleted stays while it has changes, which a copy can take over. */
function Builder({ form, isGone }: { readonly form: Form; readonly isGone: boolean }) {
  const t = useTexts();
  const may = useMay();
  const editing = useForm(form);
  const [tab, setTab] = useState<string | null>(may("forms.manage") ? "edit" : "preview");
  const mayEdit = may("forms.manage") && form.state !== "archived";
  const { fields } = editing;
  if (isGone && !editing.dirty) return <Gone />;
  return (
    <>
      <title>{`${form.name} · Deskreel`}</title>
      <UnsavedGuard dirty={editing.dirty} />
      <TitleBar
        backTo="/forms"
        back={t("title")}
        title={form.name}
        sub={
          <>
            <State level={LEVELS[form.state]}>{t(`states.${form.state}`)}</State>
            {form.published_version !== null && <span>{t("versionOf", { version: form.published_version })}</span>}
            {form.published_version !== null && form.has_changes && <span>{t("hasChanges")}</span>}
          </>
        }
        tools={may("forms.manage") && <Actions form={form} editing={editing} isGone={isGone} />}
      />
      {isGone && (
        <div className={classes["problems"]} role="alert">
          <strong>{t("gone")}</strong>
          <div>{t("goneChanges")}</div>
        </div>
      )}
      <Messages form={form} editing={editing} />
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="edit">{t(mayEdit ? "tabs.edit" : "tabs.read")}</Tabs.Tab>
          <Tabs.Tab value="preview">{t("tabs.preview")}</Tabs.Tab>
          <Tabs.Tab value="versions">{t("tabs.versions", { count: form.versions.length })}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="edit">
          <Editor fields={fields} problems={isAsked(editing) ? form.problems : []} mayEdit={mayEdit} onChange={editing.change} />
        </Tabs.Panel>
        <Tabs.Panel value="preview">
          <Preview form={form} content={fields.content} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Versions form={form} />
        </Tabs.Panel>
      </Tabs>
      {mayEdit && (
        <section className={classes["saveBar"]} data-dirty={editing.dirty} aria-label={t("save.label")}>
          {editing.error !== null && <ProblemNotice error={editing.error} />}
          <span role="status">{t(editing.dirty ? "save.unsaved" : editing.saved ? "save.saved" : "save.nothing")}</span>
          <Button variant="default" disabled={!editing.dirty || editing.saving} onClick={editing.discard}>
            {t("save.discard")}
          </Button>
          <Button disabled={!editing.dirty || editing.theirs !== null || fields.name.trim() === ""} loading={editing.saving} onClick={editing.save}>
            {t("common:action.save")}
          </Button>
        </section>
      )}
    </>
  );
}

interface ActionsProps {
  readonly form: Form;
  readonly editing: FormEditing;
}

function Actions({ form, editing, isGone }: ActionsProps & { readonly isGone: boolean }) {
  const t = useTexts();
  const tell = useTell();
  const navigate = useNavigate();
  const { publish, copy, took } = editing;
  const { id, state } = form;
  const restore = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/forms/{form_id}/restore", { params: { path: { form_id: id } } })),
    onSuccess: took,
  });
  return (
    <>
      {restore.isError && <ProblemNotice error={restore.error} />}
      <Button
        variant="default"
        size="compact-md"
        loading={copy.isPending}
        onClick={() => {
          copy.mutate(t("copyOf", { name: form.name }).slice(0, 200), {
            onSuccess: ({ id: made }) => {
              // The copy has the changes, and there is nothing else that they could be saved to.
              if (isGone) flushSync(editing.discard);
              void navigate(`/forms/${made}`);
            },
          });
        }}
      >
        {t("copy")}
      </Button>
      {state === "archived" && (
        <Button
          size="compact-md"
          loading={restore.isPending}
          onClick={() => {
            restore.mutate();
          }}
        >
          {t("restore")}
        </Button>
      )}
      {state === "draft" && (
        <ConfirmButton
          size="compact-md"
          label={t("common:action.delete")}
          title={t("remove.title")}
          text={t("remove.text", { name: form.name })}
          act={async () => {
            await unwrap(api.DELETE("/api/v1/forms/{form_id}", { params: { path: { form_id: id } } }));
            // Before leaving: nothing is left to be guarded.
            flushSync(editing.discard);
            await navigate("/forms");
          }}
        />
      )}
      {state === "published" && (
        <ConfirmButton
          size="compact-md"
          label={t("archive.action")}
          title={t("archive.title")}
          text={t("archive.text")}
          act={async () => {
            took(await unwrap(api.POST("/api/v1/forms/{form_id}/archive", { params: { path: { form_id: id } } })));
          }}
        />
      )}
      {state !== "archived" && (
        <Button
          size="compact-md"
          loading={publish.isPending}
          disabled={editing.theirs !== null || (!editing.dirty && form.published_version !== null && !form.has_changes)}
          onClick={() => {
            publish.mutate(undefined, {
              onSuccess: ({ published_version: version }) => {
                tell(t("published", { version: version ?? 1 }));
              },
            });
          }}
        >
          {t("publish")}
        </Button>
      )}
    </>
  );
}

/** Somebody wanted to publish it, and it was not ready. */
function isAsked({ publish }: FormEditing): boolean {
  return publish.isError && problemOf(publish.error).code === "form_not_ready";
}

function Messages({ form, editing }: ActionsProps) {
  const t = useTexts();
  const { publish, copy, theirs } = editing;
  const code = publish.isError ? problemOf(publish.error).code : null;
  return (
    <>
      {theirs !== null && <Conflict form={form} theirs={theirs} editing={editing} />}
      {copy.isError && <ProblemNotice error={copy.error} />}
      {publish.isError && code !== "form_not_ready" && code !== "changed_meanwhile" && <ProblemNotice error={publish.error} />}
      {publish.isError && code === "changed_meanwhile" && theirs === null && <ProblemNotice error={publish.error} />}
      {isAsked(editing) && form.problems.length > 0 && (
        <div className={classes["problems"]} role="alert">
          <strong>{t("problems.title", { count: form.problems.length })}</strong>
        </div>
      )}
    </>
  );
}
