/** From what the API says about an interaction to the timeline that the engine plays. */

import type { InteractionDetails } from "../api/client";
import type { Timeline } from "../player/engine/timeline";
import { layoutSpans } from "../player/engine/timeline";

export function timelineOf(details: InteractionDetails, serverNow: number): Timeline {
  const origin = details.started_at;
  const live = details.state !== "ended";
  const durationMs = Math.max(0, endOf(details, serverNow) - origin);
  const call = details.call_recording;
  return {
    originWallMs: origin,
    durationMs,
    live,
    screens: details.screen_recordings.map((recording) => ({
      id: recording.id,
      agentName: recording.agent.name,
      spans: layoutSpans(recording.spans, origin, durationMs),
    })),
    audio:
      call?.playlist_url && call.duration_ms !== null && call.state === "ready"
        ? { id: call.id, startMs: call.starts_at - origin, durationMs: call.duration_ms }
        : null,
  };
}

/** Wall time of the last instant known of an interaction, in whatever state it is. */
function endOf(details: InteractionDetails, serverNow: number): number {
  if (details.state !== "ended") return Math.max(serverNow, details.started_at);
  if (details.timeline_end !== null) return details.timeline_end;
  const call = details.call_recording;
  return Math.max(
    details.ended_at ?? details.started_at,
    call ? call.starts_at + (call.duration_ms ?? 0) : 0,
    ...details.screen_recordings.flatMap((recording) => recording.spans.map((span) => span.end ?? span.start)),
  );
}
