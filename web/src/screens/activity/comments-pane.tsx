/** What reviewers noted on the timeline of a call, and a place to note more. */

import { ActionIcon, Button, Skeleton, Tooltip } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import type { Comment } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { commentsQuery } from "../../api/queries";
import { IconEdit, IconTrash } from "../../components/icons";
import { ProblemNotice } from "../../components/problem-notice";
import { useMay } from "../../components/use-may";
import { useNow } from "../../components/use-now";
import { formatDuration, formatMoment } from "../../lib/format";
import { usePlayer } from "../../player/components/player-context";
import { ChangeComment } from "./change-comment";
import { withGone } from "./comment";
import classes from "./comments-pane.module.css";
import { NewComment } from "./new-comment";
import { useTexts } from "./texts";
import type { Interaction } from "./use-interaction";

interface CommentsPaneProps {
  readonly interaction: string;
  readonly comments: Interaction["comments"];
  /** The one whose mark on the timeline was pressed last. */
  readonly chosen: string | null;
}

export function CommentsPane({ interaction, comments, chosen }: CommentsPaneProps) {
  const t = useTexts();
  const may = useMay();
  const list = useRef<HTMLUListElement>(null);
  const [changing, setChanging] = useState<readonly Comment[]>([]);
  const shown = withGone(comments.data ?? [], changing);
  const count = comments.data === undefined ? undefined : shown.length;
  useEffect(() => {
    if (chosen !== null) list.current?.querySelector(`[data-comment="${CSS.escape(chosen)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen, count]);
  return (
    <div className={classes["pane"]}>
      <div className={classes["scroll"]}>
        {comments.isPending && <Skeleton height={48} m="md" width="auto" aria-label={t("common:loading")} role="status" />}
        {comments.isError && <ProblemNotice error={comments.error} onRetry={() => void comments.refetch()} />}
        {count === 0 && <p className={classes["quiet"]}>{t(may("comments.write") ? "comments.none" : "comments.noneYet")}</p>}
        {count !== undefined && count > 0 && (
          <ul ref={list} className={classes["list"]} aria-label={t("comments.title")}>
            {shown.map(({ comment, isGone }) => (
              <Item
                key={comment.id}
                comment={comment}
                isChosen={comment.id === chosen}
                isGone={isGone}
                isChanging={changing.some(({ id }) => id === comment.id)}
                onChanging={(begins) => {
                  setChanging((before) => [...before.filter(({ id }) => id !== comment.id), ...(begins ? [comment] : [])]);
                }}
              />
            ))}
          </ul>
        )}
      </div>
      {may("comments.write") && <NewComment interaction={interaction} />}
    </div>
  );
}

interface ItemProps {
  readonly comment: Comment;
  readonly isChosen: boolean;
  /** It was deleted while it is being changed. */
  readonly isGone: boolean;
  readonly isChanging: boolean;
  readonly onChanging: (begins: boolean) => void;
}

function Item({ comment, isChosen, isGone, isChanging, onChanging }: ItemProps) {
  const t = useTexts();
  const client = useQueryClient();
  const player = usePlayer();
  const now = useNow(60_000);
  const [removing, setRemoving] = useState(false);
  const { queryKey } = commentsQuery(comment.interaction_id);
  const remove = useMutation({
    mutationFn: () =>
      unwrap(
        api.DELETE("/api/v1/interactions/{interaction_id}/comments/{comment_id}", {
          params: { path: { interaction_id: comment.interaction_id, comment_id: comment.id } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey }),
  });
  const { at_ms: at, until_ms: until } = comment;
  const moment = until === null ? formatDuration(at) : `${formatDuration(at)}–${formatDuration(until)}`;
  return (
    <li className={classes["comment"]} data-comment={comment.id} data-chosen={isChosen} data-testid="comment">
      <div className={classes["line"]}>
        <button
          type="button"
          className={`tabular ${classes["at"] ?? ""}`}
          aria-label={t("transcript.goTo", { at: moment })}
          onClick={() => {
            player.seek(at);
          }}
        >
          {moment}
        </button>
        <strong>{comment.author.name}</strong>
        <span className={classes["tools"]}>
          {comment.may_edit && !isGone && (
            <Tooltip label={t("common:action.edit")}>
              <ActionIcon size={24} variant="subtle" color="gray" aria-label={t("comments.edit", { at: moment })} onClick={() => { setRemoving(false); onChanging(true); }}>
                <IconEdit size={15} />
              </ActionIcon>
            </Tooltip>
          )}
          {comment.may_delete && !isGone && (
            <Tooltip label={t("common:action.delete")}>
              <ActionIcon size={24} variant="subtle" color="gray" aria-label={t("comments.remove", { at: moment })} onClick={() => { setRemoving(true); }}>
                <IconTrash size={15} />
              </ActionIcon>
            </Tooltip>
          )}
        </span>
      </div>
      {isChanging ? <ChangeComment comment={comment} isGone={isGone} onDone={() => { onChanging(false); }} /> : <p className={classes["text"]}>{comment.text}</p>}
      <span className={classes["when"]}>
        {formatMoment(comment.created_at, now)}
        {comment.edited_at !== null && ` · ${t("comments.edited")}`}
      </span>
      {remove.isError && <ProblemNotice error={remove.error} />}
      {removing && !isGone && (
        <div className={classes["buttons"]}>
          <span className={classes["when"]}>{t("comments.removeSure")}</span>
          <Button size="compact-sm" variant="default" onClick={() => { setRemoving(false); }}>
            {t("common:action.cancel")}
          </Button>
          <Button size="compact-sm" color="red" loading={remove.isPending} autoFocus onClick={() => { remove.mutate(); }}>
            {t("common:action.delete")}
          </Button>
        </div>
      )}
    </li>
  );
}
