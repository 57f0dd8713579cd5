/** The facts beside the player. */

import type { ReactNode } from "react";

import type { InteractionDetails, ScreenRecording } from "../../api/client";
import { Coverage } from "../../components/coverage";
import { formatBytes, formatClock, formatCode, formatDuration, formatLength } from "../../lib/format";
import { missingByReason } from "../../lib/missing";
import classes from "./activity-details.module.css";

export function Facts({ details, serverNow }: { readonly details: InteractionDetails; readonly serverNow: number }) {
  const duration = details.duration_ms ?? (details.ended_at ?? serverNow) - details.started_at;
  const acw = details.timeline_end !== null && details.ended_at !== null ? details.timeline_end - details.ended_at : 0;
  return (
    <Panel title="Interaction">
      <dl className={classes["facts"]}>
        <Fact name="From">{details.caller ?? "–"}</Fact>
        <Fact name="To">{details.callee ?? "–"}</Fact>
        <Fact name="Queue">{details.queue ?? "–"}</Fact>
        <Fact name="Call">{formatDuration(duration)}</Fact>
        {acw > 0 && <Fact name="After Call Work">{formatDuration(acw)}</Fact>}
        {details.paused_ms > 0 && <Fact name="Paused">{formatLength(details.paused_ms)}</Fact>}
        <Fact name="Source">{details.source}</Fact>
        <Fact name="Call id">
          <code>{details.call_id}</code>
        </Fact>
      </dl>
    </Panel>
  );
}

const RECORDING_STATES = {
  recording: "Recording now",
  paused: "Paused now",
  acw: "Recording After Call Work",
  ended: "Ended, being prepared",
  available: "Complete",
} as const;

export function RecordingFacts({ recording }: { readonly recording: ScreenRecording }) {
  const missing = missingByReason(recording.spans);
  return (
    <Panel title={`Screen of ${recording.agent.name}`}>
      <dl className={classes["facts"]}>
        <Fact name="State">{RECORDING_STATES[recording.state]}</Fact>
        <Fact name="Coverage">
          <Coverage share={recording.coverage} />
        </Fact>
        <Fact name="Captured">
          {formatLength(recording.captured_ms)} of {formatLength(recording.expected_ms)}
        </Fact>
        <Fact name="Picture">
          {recording.canvas.width} × {recording.canvas.height}
          {recording.bytes !== null && `, ${formatBytes(recording.bytes)}`}
        </Fact>
      </dl>
      {missing.length > 0 && (
        <ul className={classes["missing"]} aria-label="What is missing, and why">
          {missing.map((group) => (
            <li key={group.reason}>
              <strong>
                {formatCode(group.reason)} <span className="tabular">{group.ms > 0 ? formatLength(group.ms) : "now"}</span>
              </strong>
              {group.advice !== null && <span>{group.advice}</span>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

export function EventList({ details }: { readonly details: InteractionDetails }) {
  const names = new Map(details.agents.map((agent) => [agent.id, agent.name]));
  return (
    <Panel title="Events">
      {details.events.length === 0 ? (
        <p className={classes["quiet"]}>The telephony reported none.</p>
      ) : (
        <ol className={classes["events"]}>
          {details.events.map((event) => (
            <li key={event.id}>
              <time className="tabular" dateTime={new Date(event.at).toISOString()}>
                {formatClock(event.at)}
              </time>
              <span>{formatCode(event.kind)}</span>
              {event.agent_id !== null && details.agents.length > 1 && (
                <span className={classes["quiet"]}>{names.get(event.agent_id) ?? ""}</span>
              )}
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Panel({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={classes["panel"]}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="tabular">{children}</dd>
    </>
  );
}
