import { describe, expect, it } from "vitest";

import type { InteractionDetails } from "../api/client";
import { missingByReason } from "./missing";
import { timelineOf } from "./timeline-of";

const START = 1_790_000_000_000;

function details(change: Partial<InteractionDetails>): InteractionDetails {
  return {
    id: "i",
    call_id: "c",
    source: "test",
    direction: "inbound",
    caller: null,
    callee: null,
    queue: null,
    agents: [],
    state: "ended",
    started_at: START,
    ended_at: START + 60_000,
    duration_ms: 60_000,
    has_call_recording: true,
    has_screen_recording: false,
    coverage: null,
    paused_ms: 0,
    timeline_end: START + 90_000,
    screen_recordings: [],
    call_recording: null,
    events: [],
    ...change,
  };
}

const audio = {
  id: "a",
  state: "ready",
  starts_at: START + 500,
  duration_ms: 59_500,
  channels: 2,
  playlist_url: "https://gateway.example/p/token/audio.m3u8",
  peaks_url: null,
  error: null,
} as const;

describe("timelineOf", () => {
  it("ends with After Call Work", () => {
    expect(timelineOf(details({}), START)).toMatchObject({ durationMs: 90_000, live: false, audio: null });
  });

  it("places the audio where its first sample was", () => {
    expect(timelineOf(details({ call_recording: audio }), START).audio).toEqual({ id: "a", startMs: 500, durationMs: 59_500 });
    expect(timelineOf(details({ call_recording: { ...audio, state: "processing" } }), START).audio).toBeNull();
  });

  it("reaches to now while anything goes on", () => {
    const live = details({ state: "after_call_work", timeline_end: null });
    expect(timelineOf(live, START + 65_000)).toMatchObject({ durationMs: 65_000, live: true });
  });

  it("ends at the last instant known when the server does not say", () => {
    expect(timelineOf(details({ timeline_end: null, call_recording: audio }), START).durationMs).toBe(60_000);
  });
});

describe("missingByReason", () => {
  it("sums by reason, longest first", () => {
    const span = (reason: "recorder_offline" | "start_delay" | null, ms: number) =>
      ({ state: "missing", start: START, end: START + ms, reason, advice: reason && `see ${reason}` }) as const;
    expect(missingByReason([span("start_delay", 300), span("recorder_offline", 4000), span("start_delay", 200), span(null, 1)])).toEqual([
      { reason: "recorder_offline", ms: 4000, advice: "see recorder_offline" },
      { reason: "start_delay", ms: 500, advice: "see start_delay" },
      { reason: "unknown", ms: 1, advice: null },
    ]);
  });
});
