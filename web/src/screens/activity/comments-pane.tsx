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
  const count = comments.data?.length;
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
            {comments.data?.map((comment) => (
              <Item key={comment.id} comment={comment} isChosen={comment.id === chosen} />
            ))}
          </ul>
        )}
      </div>
      {may("comments.write") && <NewComment interaction={interaction} />}
    </div>
  );
}

function Item({ comment, isChosen }: { readonly comment: Comment; readonly isChosen: boolean }) {
  const t = useTexts();
  const client = useQueryClient();
  const player = usePlayer();
  const now = useNow(60_000);
  const [doing, setDoing] = useState<"nothing" | "changing" | "removing">("nothing");
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
  const nothing = () => {
    setDoing("nothing");
  };
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
          {comment.may_edit && (
            <Tooltip label={t("common:action.edit")}>
              <ActionIcon size={24} variant="subtle" color="gray" aria-label={t("comments.edit", { at: moment })} onClick={() => { setDoing("changing"); }}>
                <IconEdit size={15} />
              </ActionIcon>
            </Tooltip>
          )}
          {comment.may_delete && (
            <Tooltip label={t("common:action.delete")}>
              <ActionIcon size={24} variant="subtle" color="gray" aria-label={t("comments.remove", { at: moment })} onClick={() => { setDoing("removing"); }}>
                <IconTrash size={15} />
              </ActionIcon>
            </Tooltip>
          )}
        </span>
      </div>
      {doing === "changing" ? <ChangeComment comment={comment} onDone={nothing} /> : <p className={classes["text"]}>{comment.text}</p>}
      <span className={classes["when"]}>
        {formatMoment(comment.created_at, now)}
        {comment.edited_at !== null && ` · ${t("comments.edited")}`}
      </span>
      {remove.isError && <ProblemNotice error={remove.error} />}
      {doing === "removing" && (
        <div className={classes["buttons"]}>
          <span className={classes["when"]}>{t("comments.removeSure")}</span>
          <Button size="compact-sm" variant="default" onClick={nothing}>
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
