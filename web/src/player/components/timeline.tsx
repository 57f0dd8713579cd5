/** The timeline: call audio, one lane of spans per screen recording, events, an axis, and the playhead over all. */

import { Tooltip, useComputedColorScheme } from "@mantine/core";
import type { PointerEvent, ReactNode } from "react";
import { memo, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { formatClock, formatCode, formatDuration, formatLength, formatSpeaker } from "../../lib/format";
import { axisStep, type Peaks } from "./peaks";
import { MarkLane, NoteLane, share } from "./mark-lanes";
import type { Mark } from "./marks";
import type { TimelineNote } from "./player-context";
import { usePlayerParts, useSnapshot, useTicked } from "./player-context";
import type { PlayerEngine } from "../engine/player";
import type { Span, Timeline as TimelineModel } from "../engine/timeline";
import { JUMP_MS, STEP_MS } from "../lib/commands";
import classes from "./timeline.module.css";
import { Waveform } from "./waveform";

interface TimelineProps {
  readonly timeline: TimelineModel;
  readonly peaks: Peaks | null;
  /** Who is heard on each channel. */
  readonly voices: readonly (readonly string[])[];
  readonly audioNote: string;
  readonly marks: readonly Mark[];
  readonly notes: readonly TimelineNote[];
  readonly notesLabel?: string | undefined;
  readonly onNote?: ((id: string) => void) | undefined;
  /** A picture of a moment, for the pointer that hovers over it. */
  readonly thumbnail?: ((positionMs: number) => ReactNode) | undefined;
}

/** What keys do while the timeline has the focus, as a slider's do. */
const SLIDER_KEYS: Readonly<Record<string, (engine: PlayerEngine) => void>> = {
  ArrowUp: (engine) => { engine.step(STEP_MS); },
  ArrowDown: (engine) => { engine.step(-STEP_MS); },
  PageUp: (engine) => { engine.step(JUMP_MS); },
  PageDown: (engine) => { engine.step(-JUMP_MS); },
};
/** While dragging, the media follow this often. */
const SCRUB_MS = 150;

export function Timeline({ timeline, peaks, voices, audioNote, marks, notes, notesLabel, onNote, thumbnail }: TimelineProps) {
  const { t } = useTranslation("player");
  const scheme = useComputedColorScheme("light");
  const { durationMs, originWallMs, audio } = timeline;
  return (
    <div className={classes["timeline"]}>
      <div className={classes["gutter"]} aria-hidden="true">
        <div className={classes["callLabel"]}>
          {t("timeline.call")}
          {peaks !== null &&
            peaks.channels.length > 1 &&
            [1, 2].map((number) => {
              const names = voices[number - 1]?.map(formatSpeaker).join(", ");
              return (
                <span key={number} data-channel={number} data-testid="channel" title={names || undefined}>
                  {names || t("timeline.channel", { number })}
                </span>
              );
            })}
        </div>
        {timeline.screens.map((screen) => (
          <div key={screen.id} className={classes["laneLabel"]} title={screen.agentName}>
            {screen.agentName}
          </div>
        ))}
      </div>
      <Scrubber durationMs={durationMs} originWallMs={originWallMs} thumbnail={thumbnail}>
        <div className={classes["call"]}>
          <Waveform peaks={peaks} audioStartMs={audio?.startMs ?? 0} durationMs={durationMs} colorScheme={scheme} />
          {peaks === null && <span className={classes["note"]}>{audioNote}</span>}
        </div>
        {timeline.screens.map((screen) => (
          <Lane key={screen.id} spans={screen.spans} durationMs={durationMs} />
        ))}
        <Axis durationMs={durationMs} />
        <LoopBand durationMs={durationMs} />
      </Scrubber>
      <MarkLane marks={marks} durationMs={durationMs} />
      {notes.length > 0 && <NoteLane notes={notes} label={notesLabel ?? t("timeline.notes")} durationMs={durationMs} onNote={onNote} />}
    </div>
  );
}

interface ScrubberProps {
  readonly durationMs: number;
  readonly originWallMs: number;
  readonly thumbnail: TimelineProps["thumbnail"];
  readonly children: ReactNode;
}

/** The track area as one slider: click and drag seek, the playhead moves without rendering. */
function Scrubber({ durationMs, originWallMs, thumbnail, children }: ScrubberProps) {
  const { t } = useTranslation("player");
  const { engine, ticker } = usePlayerParts();
  const shown = useRef("");
  const playhead = useRef<HTMLDivElement>(null);
  const lastScrub = useRef(0);
  const drag = useRef<number | null>(null);
  const [hoverMs, setHoverMs] = useState<number | null>(null);
  const seconds = useTicked(useCallback((source) => Math.floor(source.positionMs / 1000), []));

  useEffect(
    () =>
      ticker.onTick(() => {
        const share = durationMs > 0 ? (drag.current ?? engine.positionMs) / durationMs : 0;
        const transform = `translateX(${(share * 100).toFixed(4)}%)`;
        if (transform === shown.current || playhead.current === null) return;
        shown.current = transform;
        playhead.current.style.transform = transform;
      }),
    [engine, ticker, durationMs],
  );

  const at = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * durationMs;
  };

  return (
    <div
      className={classes["area"]}
      data-testid="timeline"
      role="slider"
      tabIndex={0}
      aria-label={t("timeline.position")}
      aria-valuemin={0}
      aria-valuemax={Math.floor(durationMs / 1000)}
      aria-valuenow={seconds}
      aria-valuetext={t("timeline.of", { at: formatDuration(seconds * 1000), duration: formatDuration(durationMs) })}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const move = SLIDER_KEYS[event.key];
        if (move === undefined) return;
        event.preventDefault(); // the page has other uses for some of them
        move(engine);
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = at(event);
        lastScrub.current = event.timeStamp;
        engine.seek(drag.current);
      }}
      onPointerMove={(event) => {
        setHoverMs(at(event));
        if (drag.current === null) return;
        drag.current = at(event);
        if (event.timeStamp - lastScrub.current < SCRUB_MS) return;
        lastScrub.current = event.timeStamp;
        engine.seek(drag.current);
      }}
      onPointerUp={(event) => {
        if (drag.current === null) return;
        drag.current = null;
        engine.seek(at(event));
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onPointerLeave={() => {
        setHoverMs(null);
      }}
    >
      {children}
      {hoverMs !== null && durationMs > 0 && (
        <div className={classes["hover"]} style={{ left: `${String((hoverMs / durationMs) * 100)}%` }}>
          <div>
            {thumbnail?.(hoverMs)}
            <span className="tabular">
              {formatDuration(hoverMs)} · {formatClock(originWallMs + hoverMs)}
            </span>
          </div>
        </div>
      )}
      <div ref={playhead} className={classes["playhead"]} />
    </div>
  );
}

const Lane = memo(function Lane({ spans, durationMs }: { readonly spans: readonly Span[]; readonly durationMs: number }) {
  const { t } = useTranslation("player");
  const textOf = (span: Span): string => {
    const title = t(`span.${span.state}`);
    const length = span.open ? t("span.soFar") : formatLength(span.endMs - span.startMs);
    const text = span.reason
      ? t("span.because", { title, reason: formatCode(span.reason), length })
      : t("span.text", { title, length });
    return span.advice ? `${text}. ${span.advice}` : text;
  };
  return (
    <div className={classes["lane"]}>
      {spans.map((span) => (
        <Tooltip key={`${span.state}${String(span.startMs)}`} multiline maw={320} label={textOf(span)} withArrow openDelay={200}>
          <div
            className={classes["span"]}
            data-state={span.state}
            data-testid={`span-${span.state}`}
            data-start-ms={span.startMs}
            data-end-ms={span.endMs}
            style={{ left: share(span.startMs, durationMs), width: share(span.endMs - span.startMs, durationMs) }}
          >
            {span.state !== "recorded" && <span>{t(`span.${span.state}`)}</span>}
          </div>
        </Tooltip>
      ))}
    </div>
  );
});

function LoopBand({ durationMs }: { readonly durationMs: number }) {
  const { loop } = useSnapshot();
  if (loop === null || durationMs <= 0) return null;
  const style = { left: share(loop.startMs, durationMs), width: share(loop.endMs - loop.startMs, durationMs) };
  return <div className={classes["loop"]} style={style} data-testid="loop" />;
}

const Axis = memo(function Axis({ durationMs }: { readonly durationMs: number }) {
  const step = axisStep(durationMs, 12);
  const ticks = Array.from({ length: durationMs > 0 ? Math.floor(durationMs / step) + 1 : 0 }, (_, index) => index * step);
  return (
    <div className={classes["axis"]} aria-hidden="true">
      {ticks.map((tick) => (
        <span key={tick} className="tabular" style={{ left: `${String((tick / durationMs) * 100)}%` }}>
          {formatDuration(tick)}
        </span>
      ))}
    </div>
  );
});
