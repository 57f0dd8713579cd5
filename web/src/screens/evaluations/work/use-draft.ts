/** The keeper of an evaluation's draft, for as long as its page is open. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";

import { randomName } from "../../../lib/random-name";
import type { Judged } from "../engine/draft-keeper";
import { DraftKeeper } from "../engine/draft-keeper";
import { KeptDrafts } from "../engine/kept";
import { sendDraft } from "../engine/send-draft";
import type { Evaluation } from "../queries";
import { EVALUATIONS, evaluationQuery } from "../queries";

/** One for each window that is open, a reload included. */
const WINDOW = randomName(8);

export function judgedOf({ revision, answers, comment, result, problems }: Evaluation): Judged {
  return { revision, content: { answers, comment }, result, problems };
}

export function useDraft(evaluation: Evaluation) {
  const client = useQueryClient();
  const { id } = evaluation;
  const [keeper] = useState(() => {
    const kept = new KeptDrafts(localStorage, `${id}.${evaluation.evaluator.id}`, WINDOW);
    return new DraftKeeper(judgedOf(evaluation), kept.left, {
      keep: kept.keep,
      later: (run, ms) => {
        const timer = setTimeout(run, ms);
        return () => {
          clearTimeout(timer);
        };
      },
      send: async (draft) => {
        const outcome = await sendDraft(id, draft);
        if (outcome.kind === "saved") {
          const { revision, content, result, problems } = outcome.saved;
          client.setQueryData(evaluationQuery(id).queryKey, (before) =>
            before === undefined || before.revision > revision
              ? before
              : { ...before, ...content, answers: { ...content.answers }, revision, result, problems: [...problems], state: "draft" as const, score: result.total, failed: result.failed },
          );
          void client.invalidateQueries({ queryKey: EVALUATIONS, refetchType: "none" });
        }
        return outcome;
      },
    });
  });
  const view = useSyncExternalStore(keeper.subscribe, keeper.getView);
  useEffect(() => {
    keeper.start();
    const retry = () => {
      keeper.retry();
    };
    window.addEventListener("online", retry);
    return () => {
      window.removeEventListener("online", retry);
      keeper.stop();
    };
  }, [keeper]);
  useEffect(() => {
    keeper.read(judgedOf(evaluation));
  }, [keeper, evaluation]);
  return { keeper, view };
}
