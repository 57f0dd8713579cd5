/** A form as it is being built: changes stay here until they are saved; another person's save is met, not overwritten. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import type { FormContent } from "../evaluations/engine/model";
import type { Form } from "./queries";
import { FORMS, formQuery } from "./queries";

export interface FormFields {
  readonly name: string;
  readonly description: string;
  readonly content: FormContent;
}

function fieldsOf({ name, description, content }: Form): FormFields {
  return { name, description, content };
}

export function useForm(saved: Form) {
  const client = useQueryClient();
  const { id } = saved;
  /** What is edited, and what it was begun from; null while nothing is changed. */
  const [edited, setEdited] = useState<{ readonly fields: FormFields; readonly revision: number } | null>(null);
  const fields = edited?.fields ?? fieldsOf(saved);
  const dirty = edited !== null && JSON.stringify(edited.fields) !== JSON.stringify(fieldsOf(saved));

  const took = (form: Form) => {
    client.setQueryData(formQuery(id).queryKey, form);
    void client.invalidateQueries({ queryKey: FORMS });
  };
  const save = useMutation({
    mutationFn: async ({ fields: sent, revision }: { fields: FormFields; revision: number }) => {
      const body = { ...sent, name: sent.name.trim(), revision };
      const form = await unwrap(api.PUT("/api/v1/forms/{form_id}", { params: { path: { form_id: id } }, body }));
      return { form, sent };
    },
    onSuccess: ({ form, sent }) => {
      took(form);
      // What was typed while it was being saved goes on from what was saved.
      setEdited((before) => (before === null || before.fields === sent ? null : { ...before, revision: form.revision }));
    },
  });
  const publish = useMutation({
    mutationFn: async () => {
      const form = dirty ? (await save.mutateAsync({ fields, revision: edited.revision })).form : saved;
      return unwrap(api.POST("/api/v1/forms/{form_id}/publish", { params: { path: { form_id: id } }, body: { revision: form.revision } }));
    },
    onSuccess: took,
  });
  const copy = useMutation({
    mutationFn: (name: string) => unwrap(api.POST("/api/v1/forms", { body: { ...fields, name } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: FORMS });
    },
  });
  const problem = save.isError ? problemOf(save.error) : null;
  const theirs = problem?.code === "changed_meanwhile" ? ((problem.body?.["current"] as Form | undefined) ?? null) : null;
  return {
    fields,
    dirty,
    theirs,
    saving: save.isPending,
    saved: save.isSuccess && !dirty,
    /** Why saving failed, except for another person's save. */
    error: theirs === null ? save.error : null,
    publish,
    copy,
    took,
    change: (more: Partial<FormFields>) => {
      setEdited((before) => ({ fields: { ...(before?.fields ?? fieldsOf(saved)), ...more }, revision: before?.revision ?? saved.revision }));
    },
    save: () => {
      if (edited !== null) save.mutate(edited);
    },
    /** Over what the other person saved; it was shown. */
    overwrite: () => {
      if (theirs !== null) save.mutate({ fields, revision: theirs.revision });
    },
    /** What the other person saved; mine is given up. */
    takeTheirs: () => {
      if (theirs !== null) took(theirs);
      setEdited(null);
      save.reset();
    },
    discard: () => {
      setEdited(null);
      save.reset();
    },
  };
}

export type FormEditing = ReturnType<typeof useForm>;
