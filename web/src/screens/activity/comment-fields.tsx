/** What a comment is made of: the moment or the stretch, and the text. For new ones and for those being changed. */

import { Button, CloseButton, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDuration, formatNumber } from "../../lib/format";
import { usePlayer } from "../../player/components/player-context";
import type { Content } from "./comment";
import { LONGEST_COMMENT, faultOf } from "./comment";
import classes from "./comments-pane.module.css";

interface CommentFieldsProps {
  readonly content: Content;
  readonly onChange: (content: Content) => void;
  readonly onSend: () => void;
  readonly label: string;
  readonly autoFocus?: boolean;
  /** Nothing was written or chosen yet: the moment is the one that the player shows. */
  readonly isEmpty?: boolean;
  /** It is being saved: what would be written now would be lost. */
  readonly readOnly?: boolean;
}

export function CommentFields({ content, onChange, onSend, label, autoFocus = false, isEmpty = false, readOnly = false }: CommentFieldsProps) {
  const { t } = useTranslation("activity");
  const player = usePlayer();
  const { text, at_ms, until_ms } = content;
  const fault = faultOf(content);
  const now = () => Math.max(0, Math.round(player.positionMs));
  const error =
    fault === "long"
      ? t("comments.tooLong", { count: [...text.trim()].length, number: formatNumber([...text.trim()].length), most: formatNumber(LONGEST_COMMENT) })
      : fault === "backwards"
        ? t("comments.backwards")
        : null;
  return (
    <>
      <div className={classes["moments"]}>
        <span className="tabular">
          {isEmpty ? t("comments.atNow") : until_ms === null ? t("comments.at", { at: formatDuration(at_ms) }) : t("comments.range", { at: formatDuration(at_ms), until: formatDuration(until_ms) })}
        </span>
        <Button size="compact-xs" variant="subtle" disabled={readOnly} onClick={() => { onChange({ ...content, at_ms: now() }); }}>
          {t("comments.beginNow")}
        </Button>
        {!isEmpty && (
          <Button size="compact-xs" variant="subtle" disabled={readOnly} onClick={() => { onChange({ ...content, until_ms: now() }); }}>
            {t("comments.endNow")}
          </Button>
        )}
        {until_ms !== null && <CloseButton size="xs" disabled={readOnly} aria-label={t("comments.noEnd")} onClick={() => { onChange({ ...content, until_ms: null }); }} />}
      </div>
      <Textarea
        aria-label={label}
        placeholder={label}
        autosize
        minRows={2}
        maxRows={10}
        value={text}
        error={error}
        autoFocus={autoFocus}
        readOnly={readOnly}
        onChange={(event) => {
          onChange({ ...content, text: event.currentTarget.value });
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && fault === null) onSend();
        }}
      />
    </>
  );
}
