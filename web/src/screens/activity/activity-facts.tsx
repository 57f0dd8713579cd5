/** The facts below the player: the call, who took part, the screen recordings, what happened. */

import type { ReactNode } from "react";

import type { InteractionDetails, ScreenRecording } from "../../api/client";
import { Coverage } from "../../components/coverage";
import { Fact, FactList } from "../../components/facts";
import { IconUser } from "../../components/icons";
import { formatBytes, formatClock, formatCode, formatDuration, formatLength, formatMoment } from "../../lib/format";
import { missingByReason } from "../../lib/missing";
import { monitorsOf } from "../../lib/monitors";
import { participantsOf } from "../../lib/participants";
import { usePlayer } from "../../player/components/player-context";
import classes from "./activity-details.module.css";
import { useTexts } from "./texts";

export function Facts({ details, serverNow }: { readonly details: InteractionDetails; readonly serverNow: number }) {
  const t = useTexts();
  const duration = details.duration_ms ?? (details.ended_at ?? serverNow) - details.started_at;
  const acw = details.timeline_end !== null && details.ended_at !== null ? details.timeline_end - details.ended_at : 0;
  return (
    <Panel title={t("facts.title")}>
      <FactList>
        <Fact name={t("facts.began")}>{formatMoment(details.started_at, serverNow)}</Fact>
        <Fact name={t("facts.from")}>{details.caller ?? "–"}</Fact>
        <Fact name={t("facts.to")}>{details.callee ?? "–"}</Fact>
        <Fact name={t("facts.queue")}>{details.queue ?? "–"}</Fact>
        <Fact name={t("facts.call")}>{formatDuration(duration)}</Fact>
        {acw > 0 && <Fact name={t("common:state.after_call_work")}>{formatDuration(acw)}</Fact>}
        {details.paused_ms > 0 && <Fact name={t("facts.paused")}>{formatLength(details.paused_ms)}</Fact>}
        <Fact name={t("facts.source")}>{details.source}</Fact>
        <Fact name={t("facts.callId")}>
          <code>{details.call_id}</code>
        </Fact>
      </FactList>
    </Panel>
  );
}

export function Participants({ details }: { readonly details: InteractionDetails }) {
  const t = useTexts();
  const outside = details.direction === "outbound" ? details.callee : details.caller;
  return (
    <Panel title={t("participants.title")}>
      <ul className={classes["people"]}>
        {participantsOf(details).map(({ id, name, stretches }) => (
          <li key={id}>
            <IconUser size={16} />
            <strong>{name}</strong>
            <span className={`tabular ${classes["quiet"] ?? ""}`}>
              {stretches.map(({ start, end }) => `${formatClock(start)}–${end === null ? t("participants.now") : formatClock(end)}`).join(", ")}
            </span>
          </li>
        ))}
        {outside !== null && (
          <li>
            <IconUser size={16} />
            <strong className="tabular">{outside}</strong>
            <span className={classes["quiet"]}>{t("participants.outside")}</span>
          </li>
        )}
      </ul>
    </Panel>
  );
}

export function RecordingFacts({ recording }: { readonly recording: ScreenRecording }) {
  const t = useTexts();
  const missing = missingByReason(recording.spans);
  const monitors = monitorsOf(recording.marks);
  return (
    <Panel title={t("recording.title", { name: recording.agent.name })}>
      <FactList>
        <Fact name={t("recording.state")}>{t(`recording.states.${recording.state}`)}</Fact>
        <Fact name={t("recording.coverage")}>
          <Coverage share={recording.coverage} />
        </Fact>
        <Fact name={t("recording.captured")}>
          {t("recording.of", { captured: formatLength(recording.captured_ms), expected: formatLength(recording.expected_ms) })}
        </Fact>
        <Fact name={t("recording.picture")}>
          {recording.canvas.width} × {recording.canvas.height}
          {recording.bytes !== null && `, ${formatBytes(recording.bytes)}`}
        </Fact>
        <Fact name={t("recording.region")}>{recording.region}</Fact>
        {monitors.length > 0 && (
          <Fact name={t("recording.monitors", { count: monitors.length })}>
            {monitors.map(({ name, width, height }) => (
              <span key={name} className={classes["monitor"]}>
                {name} ({width} × {height})
              </span>
            ))}
          </Fact>
        )}
      </FactList>
      {missing.length > 0 && (
        <ul className={classes["missing"]} aria-label={t("recording.missing")}>
          {missing.map((group) => (
            <li key={group.reason}>
              <strong>
                {formatCode(group.reason)} <span className="tabular">{group.ms > 0 ? formatLength(group.ms) : t("recording.now")}</span>
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
  const t = useTexts();
  const player = usePlayer();
  const names = new Map(details.agents.map((agent) => [agent.id, agent.name]));
  return (
    <Panel title={t("events.title")}>
      {details.events.length === 0 ? (
        <p className={classes["quiet"]}>{t("events.none")}</p>
      ) : (
        <ol className={classes["events"]}>
          {details.events.map((event) => (
            <li key={event.id}>
              <button
                type="button"
                className="tabular"
                title={t("events.goTo")}
                onClick={() => {
                  player.seek(event.at - details.started_at);
                }}
              >
                <time dateTime={new Date(event.at).toISOString()}>{formatClock(event.at)}</time>
              </button>
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
