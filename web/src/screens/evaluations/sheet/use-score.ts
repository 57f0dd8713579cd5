/** What answers would score, by the server, a moment after they changed. Nothing is saved by it. */

import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "../../../api/client";
import type { Answers, FormContent } from "../engine/model";

const PAUSE_MS = 300;

interface Wanted {
  readonly answers: Answers;
  /** A form that is not saved yet. */
  readonly content?: FormContent;
  /** A published version; else the draft. */
  readonly version?: number;
}

/** To be given to `useQuery`. */
export function useScorePreview(formId: string, { answers, content, version }: Wanted) {
  const [asked] = useDebouncedValue(JSON.stringify({ answers, content, version }), PAUSE_MS);
  return queryOptions({
    queryKey: ["score", formId, asked],
    queryFn: ({ signal }) => {
      const body = JSON.parse(asked) as { answers: Record<string, Answers[string]>; content?: FormContent; version?: number };
      return unwrap(api.POST("/api/v1/forms/{form_id}/score", { params: { path: { form_id: formId } }, body, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 10_000,
  });
}
