/**
 * Values with a version, edited and saved as a whole. When somebody else saved meanwhile the server refuses; then
 * what they saved is read and shown with one's own changes over it, and a second save keeps both.
 */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { QueryKey } from "@tanstack/react-query";
import { useState } from "react";

import { problemOf } from "../api/problem";
import type { Values } from "./changes";
import { afterSave, applied, realChanges, withChange } from "./changes";

interface Source<T extends Values> {
  readonly saved: T | undefined;
  readonly version: number | undefined;
  /** Read anew after a save, and after one that was refused. */
  readonly queryKeys: readonly QueryKey[];
  readonly save: (values: T, version: number, changes: Partial<T>) => Promise<unknown>;
}

export interface Versioned<T extends Values> {
  readonly values: T | undefined;
  readonly changes: Partial<T>;
  readonly dirty: boolean;
  /** Somebody else saved meanwhile; their values are shown by now, with these changes over them. */
  readonly conflict: boolean;
  readonly saving: boolean;
  readonly saved: boolean;
  /** Why saving failed, except for a conflict. */
  readonly error: unknown;
  readonly change: (more: Partial<T>) => void;
  readonly discard: () => void;
  readonly save: () => void;
}

export function useVersioned<T extends Values>({ saved, version, queryKeys, save }: Source<T>): Versioned<T> {
  const client = useQueryClient();
  const [changes, setChanges] = useState<Partial<T>>({});
  // The version that was there when the first change was made: saving with it tells of what came between.
  const [base, setBase] = useState<number | null>(null);
  const mutation = useMutation({
    mutationFn: (wanted: { readonly values: T; readonly version: number; readonly changes: Partial<T> }) =>
      save(wanted.values, wanted.version, wanted.changes),
    onSuccess: async (_, { changes: sent }) => {
      await reread();
      setChanges((before) => afterSave(before, sent));
      setBase(null);
    },
    onError: async (error) => {
      if (!isConflict(error)) return;
      await reread();
      setBase(null);
    },
  });

  async function reread(): Promise<void> {
    await Promise.all(queryKeys.map((queryKey) => client.invalidateQueries({ queryKey })));
  }

  const real = saved === undefined ? {} : realChanges(saved, changes);
  const conflict = mutation.isError && isConflict(mutation.error);
  return {
    values: saved === undefined ? undefined : applied(saved, changes),
    changes: real,
    dirty: Object.keys(real).length > 0,
    conflict,
    saving: mutation.isPending,
    saved: mutation.isSuccess,
    error: mutation.isError && !conflict ? mutation.error : null,
    change: (more) => {
      if (saved === undefined || version === undefined) return;
      setBase((before) => before ?? version);
      // While it is being saved, what is put back to the old value is a change of what will be saved then.
      setChanges((before) => (mutation.isPending ? { ...before, ...more } : withChange(saved, before, more)));
      if (mutation.isSuccess) mutation.reset();
    },
    discard: () => {
      setChanges({});
      setBase(null);
      mutation.reset();
    },
    save: () => {
      if (saved === undefined || version === undefined || mutation.isPending) return;
      mutation.mutate({ values: applied(saved, changes), version: base ?? version, changes: real });
    },
  };
}

export function isConflict(error: unknown): boolean {
  return problemOf(error).code === "changed_meanwhile";
}
