/** The timeline: call audio, one lane of spans per screen recording, events, an axis, and the playhead over all. */

import { Tooltip, useComputedColorScheme } from "@mantine/core";
import type { PointerEvent } from "react";
import { memo, useCallback, useEffect, useRef, useState } from "react";

import type { InteractionEvent } from "../../api/client";
import { formatClock, formatCode, formatDuration, formatLength } from "../../lib/format";
import { axisStep, type Peaks } from "./peaks";
import { usePlayerParts, useTicked } from "./player-context";
import type { Span, Timeline as TimelineModel } from "../engine/timeline";
import classes from "./timeline.module.css";
import { Waveform } from "./waveform";

interface TimelineProps {
  readonly timeline: TimelineModel;
  readonly peaks: Peaks | null;
  readonly audioNote: string;
  readonly events: readonly InteractionEvent[];
}

const TITLES = { recorded: "Recorded", paused: "Paused", acw: "After Call Work", missing: "Missing" } as const;
/** While dragging, the media follow this often. */
const SCRUB_MS = 150;

export function Timeline({ timeline, peaks, audioNote, events }: TimelineProps) {
  const scheme = useComputedColorScheme("light");
  const { durationMs, originWallMs, audio } = timeline;
  return (
    <div className={classes["timeline"]}>
      <div className={classes["gutter"]} aria-hidden="true">
        <div className={classes["callLabel"]}>
          Call
          {peaks !== null && peaks.channels.length > 1 && (
            <>
              <span data-channel="1">Channel 1</span>
              <span data-channel="2">Channel 2</span>
            </>
          )}
        </div>
        {timeline.screens.map((screen) => (
          <div key={screen.id} className={classes["laneLabel"]} title={screen.agentName}>
            {screen.agentName}
          </div>
        ))}
        <div className={classes["laneLabel"]}>Events</div>
      </div>
      <Scrubber durationMs={durationMs} originWallMs={originWallMs}>
        <div className={classes["call"]}>
          <Waveform peaks={peaks} audioStartMs={audio?.startMs ?? 0} durationMs={durationMs} colorScheme={scheme} />
          {peaks === null && <span className={classes["note"]}>{audioNote}</span>}
        </div>
        {timeline.screens.map((screen) => (
          <Lane key={screen.id} spans={screen.spans} durationMs={durationMs} />
        ))}
        <Events events={events} originWallMs={originWallMs} durationMs={durationMs} />
        <Axis durationMs={durationMs} />
      </Scrubber>
    </div>
  );
}

interface ScrubberProps {
  readonly durationMs: number;
  readonly originWallMs: number;
  readonly children: React.ReactNode;
}

/** The track area as one slider: click and drag seek, the playhead moves without rendering. */
function Scrubber({ durationMs, originWallMs, children }: ScrubberProps) {
  const { engine, ticker } = usePlayerParts();
  const area = useRef<HTMLDivElement>(null);
  const playhead = useRef<HTMLDivElement>(null);
  const lastScrub = useRef(0);
  const drag = useRef<number | null>(null);
  const [hoverMs, setHoverMs] = useState<number | null>(null);
  const seconds = useTicked(useCallback((source) => Math.floor(source.positionMs / 1000), []));

  useEffect(
    () =>
      ticker.onTick(() => {
        const share = durationMs > 0 ? (drag.current ?? engine.positionMs) / durationMs : 0;
        const width = area.current?.clientWidth ?? 0;
        if (playhead.current) playhead.current.style.transform = `translateX(${(share * width).toFixed(2)}px)`;
      }),
    [engine, ticker, durationMs],
  );

  const at = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * durationMs;
  };

  return (
    <div
      ref={area}
      className={classes["area"]}
      data-testid="timeline"
      role="slider"
      tabIndex={0}
      aria-label="Position"
      aria-valuemin={0}
      aria-valuemax={Math.floor(durationMs / 1000)}
      aria-valuenow={seconds}
      aria-valuetext={`${formatDuration(seconds * 1000)} of ${formatDuration(durationMs)}`}
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
          <span className="tabular">
            {formatDuration(hoverMs)} · {formatClock(originWallMs + hoverMs)}
          </span>
        </div>
      )}
      <div ref={playhead} className={classes["playhead"]} />
    </div>
  );
}

const Lane = memo(function Lane({ spans, durationMs }: { readonly spans: readonly Span[]; readonly durationMs: number }) {
  return (
    <div className={classes["lane"]}>
      {spans.map((span) => (
        <Tooltip
          key={`${span.state}${String(span.startMs)}`}
          multiline
          maw={320}
          label={spanText(span)}
          withArrow
          openDelay={200}
        >
          <div
            className={classes["span"]}
            data-state={span.state}
            data-testid={`span-${span.state}`}
            data-start-ms={span.startMs}
            data-end-ms={span.endMs}
            style={{
              left: `${String((span.startMs / durationMs) * 100)}%`,
              width: `${String(((span.endMs - span.startMs) / durationMs) * 100)}%`,
            }}
          >
            {span.state !== "recorded" && <span>{TITLES[span.state]}</span>}
          </div>
        </Tooltip>
      ))}
    </div>
  );
});

function spanText(span: Span): string {
  const length = span.open ? "so far" : formatLength(span.endMs - span.startMs);
  const reason = span.reason ? `: ${formatCode(span.reason).toLowerCase()}` : "";
  return `${TITLES[span.state]}${reason} (${length})${span.advice ? `. ${span.advice}` : ""}`;
}

interface EventsProps {
  readonly events: readonly InteractionEvent[];
  readonly originWallMs: number;
  readonly durationMs: number;
}

const Events = memo(function Events({ events, originWallMs, durationMs }: EventsProps) {
  return (
    <div className={classes["lane"]} data-kind="events">
      {events
        .map((event) => ({ event, atMs: event.at - originWallMs }))
        .filter(({ atMs }) => atMs >= 0 && atMs <= durationMs)
        .map(({ event, atMs }) => (
          <Tooltip key={event.id} label={`${formatCode(event.kind)}, ${formatDuration(atMs)}`} withArrow>
            <div className={classes["event"]} style={{ left: `${String((atMs / durationMs) * 100)}%` }} />
          </Tooltip>
        ))}
    </div>
  );
});

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
