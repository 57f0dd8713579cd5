/**
 * One's own comment, being changed. If it was changed elsewhere meanwhile, both texts stand side by side; if it was
 * deleted, what was written can become a new comment.
 */

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
import { newName } from "./draft";
import { useTexts } from "./texts";

interface ChangeCommentProps {
  readonly comment: Comment;
  /** It is no longer in the list. */
  readonly isGone: boolean;
  readonly onDone: () => void;
}

export function ChangeComment({ comment, isGone, onDone }: ChangeCommentProps) {
  const t = useTexts();
  const client = useQueryClient();
  const [content, setContent] = useState<Content>(comment);
  // The revision that was read: the list may be renewed while one writes.
  const [read, setRead] = useState(comment.revision);
  const [other, setOther] = useState<Comment | null>(null);
  const [once] = useState(newName);
  const { interaction_id } = comment;
  const save = useMutation({
    mutationFn: (anew: boolean) => {
      const body = { text: content.text.trim(), at_ms: content.at_ms, until_ms: content.until_ms };
      if (anew) return unwrap(api.POST("/api/v1/interactions/{interaction_id}/comments", { params: { path: { interaction_id } }, body: { ...body, once } }));
      const path = { interaction_id, comment_id: comment.id };
      return unwrap(api.PUT("/api/v1/interactions/{interaction_id}/comments/{comment_id}", { params: { path }, body: { ...body, revision: read } }));
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: commentsQuery(interaction_id).queryKey });
      onDone();
    },
    onError: (error) => {
      setOther(currentOf(error));
      if (problemOf(error).status === 404) void client.invalidateQueries({ queryKey: commentsQuery(interaction_id).queryKey });
    },
  });
  // Saving tells before the list does.
  const wasDeleted = isGone || (save.isError && save.variables === false && problemOf(save.error).status === 404);
  const send = () => {
    if (faultOf(content) === null && other === null && !save.isPending) save.mutate(wasDeleted);
  };
  return (
    <form
      className={classes["change"]}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {save.isError && (save.variables || !wasDeleted) && <ProblemNotice error={save.error} />}
      {wasDeleted && (
        <div className={classes["other"]} role="alert">
          {t("comments.deleted")}
        </div>
      )}
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
        readOnly={save.isPending}
        onSend={send}
      />
      <div className={classes["buttons"]}>
        <Button size="compact-sm" variant="default" onClick={onDone}>
          {t(wasDeleted ? "comments.discard" : "common:action.cancel")}
        </Button>
        <Button type="submit" size="compact-sm" loading={save.isPending} disabled={faultOf(content) !== null || other !== null}>
          {t(wasDeleted ? "comments.addAnew" : "comments.save")}
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
