/** The lanes below the timeline whose marks can be pressed: events, and comments that the page gives. */

import { Tooltip } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";

import { formatDuration } from "../../lib/format";
import type { Mark } from "./marks";
import type { TimelineNote } from "./player-context";
import { usePlayerParts } from "./player-context";
import classes from "./timeline.module.css";

/** A part of the timeline as CSS takes it. */
export function share(ms: number, durationMs: number): string {
  return `${String(durationMs > 0 ? (ms / durationMs) * 100 : 0)}%`;
}

export const MarkLane = memo(function MarkLane({ marks, durationMs }: { readonly marks: readonly Mark[]; readonly durationMs: number }) {
  const { t } = useTranslation("player");
  const { engine } = usePlayerParts();
  return (
    <>
      <div className={classes["laneLabel"]} aria-hidden="true">
        {t("timeline.events")}
      </div>
      <div className={classes["lane"]} data-kind="marks" role="group" aria-label={t("timeline.events")}>
        {marks.map(({ id, atMs, kind, label }) => {
          const text = t("timeline.at", { what: label, at: formatDuration(atMs) });
          return (
            <Tooltip key={id} label={text} withArrow>
              <button
                type="button"
                className={classes["mark"]}
                data-kind={kind}
                data-testid="mark"
                aria-label={text}
                tabIndex={-1} // p and n go to them
                style={{ left: share(atMs, durationMs) }}
                onClick={() => {
                  engine.seek(atMs);
                }}
              />
            </Tooltip>
          );
        })}
      </div>
    </>
  );
});

interface NoteLaneProps {
  readonly notes: readonly TimelineNote[];
  /** What they are. */
  readonly label: string;
  readonly durationMs: number;
  readonly onNote?: ((id: string) => void) | undefined;
}

const LONG_LABEL = 160;

export const NoteLane = memo(function NoteLane({ notes, label: lane, durationMs, onNote }: NoteLaneProps) {
  const { t } = useTranslation("player");
  const { engine } = usePlayerParts();
  return (
    <>
      <div className={classes["laneLabel"]} aria-hidden="true">
        {lane}
      </div>
      <div className={classes["lane"]} data-kind="marks" role="group" aria-label={lane}>
        {notes.map(({ id, startMs, endMs, label }) => {
          const what = label.length > LONG_LABEL ? `${label.slice(0, LONG_LABEL)}…` : label;
          const text = t("timeline.at", { what, at: formatDuration(startMs) });
          return (
            <Tooltip key={id} label={text} withArrow multiline maw={320}>
              <button
                type="button"
                className={classes["noteMark"]}
                data-testid="note"
                aria-label={text}
                style={{ left: share(startMs, durationMs), width: share((endMs ?? startMs) - startMs, durationMs) }}
                onClick={() => {
                  engine.seek(startMs);
                  onNote?.(id);
                }}
              />
            </Tooltip>
          );
        })}
      </div>
    </>
  );
});
