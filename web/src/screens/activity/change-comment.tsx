/** One's own comment, being changed. If it was changed elsewhere meanwhile, both texts stand side by side. */

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Comment } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import { commentsQuery } from "../../api/queries";
import { ProblemNotice } from "../../components/problem-notice";
import type { Content } from "./comment";
import { faultOf } from "./comment";
import { CommentFields } from "./comment-fields";
import classes from "./comments-pane.module.css";
import { useTexts } from "./texts";

export function ChangeComment({ comment, onDone }: { readonly comment: Comment; readonly onDone: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const [content, setContent] = useState<Content>(comment);
  // The revision that was read: the list may be renewed while one writes.
  const [read, setRead] = useState(comment.revision);
  const [other, setOther] = useState<Comment | null>(null);
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        api.PUT("/api/v1/interactions/{interaction_id}/comments/{comment_id}", {
          params: { path: { interaction_id: comment.interaction_id, comment_id: comment.id } },
          body: { text: content.text.trim(), at_ms: content.at_ms, until_ms: content.until_ms, revision: read },
        }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: commentsQuery(comment.interaction_id).queryKey });
      onDone();
    },
    onError: (error) => {
      setOther(currentOf(error));
    },
  });
  return (
    <form
      className={classes["change"]}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {save.isError && <ProblemNotice error={save.error} />}
      {other !== null && (
        <div className={classes["other"]}>
          <strong>{t("comments.other")}</strong>
          <p className={classes["text"]}>{other.text}</p>
          <div className={classes["buttons"]}>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                setContent(other);
                setRead(other.revision);
                setOther(null);
                save.reset();
              }}
            >
              {t("comments.takeOther")}
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                setRead(other.revision);
                setOther(null);
                save.reset();
              }}
            >
              {t("comments.keepMine")}
            </Button>
          </div>
        </div>
      )}
      <CommentFields
        content={content}
        onChange={setContent}
        label={t("comments.text")}
        autoFocus
        onSend={() => {
          save.mutate();
        }}
      />
      <div className={classes["buttons"]}>
        <Button size="compact-sm" variant="default" onClick={onDone}>
          {t("common:action.cancel")}
        </Button>
        <Button type="submit" size="compact-sm" loading={save.isPending} disabled={faultOf(content) !== null || other !== null}>
          {t("comments.save")}
        </Button>
      </div>
    </form>
  );
}

/** The comment as somebody else left it, out of the server's answer. */
function currentOf(error: unknown): Comment | null {
  const { code, body } = problemOf(error);
  const current = body?.["current"];
  return code === "changed_meanwhile" && typeof current === "object" && current !== null ? (current as Comment) : null;
}
