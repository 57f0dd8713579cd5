/** Write a comment on the moment that the player shows. */

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import { commentsQuery } from "../../api/queries";
import { ProblemNotice } from "../../components/problem-notice";
import { usePlayer } from "../../player/components/player-context";
import { faultOf } from "./comment";
import { CommentFields } from "./comment-fields";
import classes from "./comments-pane.module.css";
import type { Draft } from "./draft";
import { newName, useDraft } from "./draft";
import { useTexts } from "./texts";

export function NewComment({ interaction }: { readonly interaction: string }) {
  const t = useTexts();
  const client = useQueryClient();
  const player = usePlayer();
  const [kept, keep] = useDraft(interaction);
  const draft: Draft = kept ?? { text: "", at_ms: 0, until_ms: null, once: "" };
  const save = useMutation({
    mutationFn: ({ text, at_ms, until_ms, once }: Draft) =>
      unwrap(
        api.POST("/api/v1/interactions/{interaction_id}/comments", {
          params: { path: { interaction_id: interaction } },
          body: { text: text.trim(), at_ms, until_ms, once },
        }),
      ),
    onSuccess: () => {
      keep(null);
      return client.invalidateQueries({ queryKey: commentsQuery(interaction).queryKey });
    },
  });
  const send = () => {
    if (faultOf(draft) === null && !save.isPending) save.mutate(draft);
  };
  return (
    <form
      className={classes["new"]}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {save.isError && <ProblemNotice error={save.error} />}
      <CommentFields
        content={draft}
        label={t("comments.new")}
        isEmpty={kept === null}
        readOnly={save.isPending}
        onSend={send}
        onChange={(content) => {
          // Its moment is when the first letter is typed, unless one was chosen before.
          if (kept === null) keep({ ...content, at_ms: Math.max(0, Math.round(player.positionMs)), once: newName() });
          else keep({ ...draft, ...content });
        }}
      />
      <div className={classes["buttons"]}>
        {kept !== null && (
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            disabled={save.isPending}
            onClick={() => {
              keep(null);
              save.reset();
            }}
          >
            {t("common:action.cancel")}
          </Button>
        )}
        <Button type="submit" size="compact-sm" loading={save.isPending} disabled={faultOf(draft) !== null}>
          {t("comments.add")}
        </Button>
      </div>
    </form>
  );
}
