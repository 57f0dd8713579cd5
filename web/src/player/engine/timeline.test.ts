import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { WallSpan } from "./timeline";
import { audioCovers, layoutSpans, screenAt, spanAt } from "./timeline";
import { ORIGIN } from "./testing/arbitraries";

const wallSpans = fc.array(
  fc.record<WallSpan>({
    state: fc.constantFrom("recorded", "paused", "missing", "acw"),
    start: fc.integer({ min: -500, max: 1500 }).map((ms) => ORIGIN + ms),
    end: fc.option(fc.integer({ min: -500, max: 1500 }).map((ms) => ORIGIN + ms)),
    reason: fc.constantFrom(null, "offline"),
    advice: fc.constant(null),
  }),
  { maxLength: 10 },
);

describe("layoutSpans", () => {
  it("gives sorted spans inside the timeline that do not overlap", () => {
    fc.assert(
      fc.property(wallSpans, (spans) => {
        const laid = layoutSpans(spans, ORIGIN, 1000);
        laid.forEach((span, index) => {
          expect(span.startMs).toBeGreaterThanOrEqual(index === 0 ? 0 : (laid[index - 1]?.endMs as number));
          expect(span.endMs).toBeGreaterThan(span.startMs);
          expect(span.endMs).toBeLessThanOrEqual(1000);
        });
      }),
    );
  });

  it("lets paused win wherever a pause was claimed", () => {
    fc.assert(
      fc.property(wallSpans, fc.integer({ min: 0, max: 999 }), (spans, at) => {
        const wall = ORIGIN + at;
        const covering = spans.filter((span) => span.start <= wall && wall < (span.end ?? Infinity));
        const shown = spanAt(layoutSpans(spans, ORIGIN, 1000), at);
        expect(shown !== null).toBe(covering.length > 0);
        if (covering.some((span) => span.state === "paused")) expect(shown?.state).toBe("paused");
      }),
    );
  });

  it("keeps an open span open and ends it at the last instant known", () => {
    const laid = layoutSpans([{ state: "recorded", start: ORIGIN, end: null, reason: null, advice: null }], ORIGIN, 700);
    expect(laid).toEqual([{ state: "recorded", startMs: 0, endMs: 700, open: true, reason: null, advice: null }]);
  });
});

describe("screenAt", () => {
  const span = (state: WallSpan["state"], start: number, end: number): WallSpan => ({
    state,
    start: ORIGIN + start,
    end: ORIGIN + end,
    reason: null,
    advice: null,
  });
  const first = { id: "a", agentName: "Ana", spans: layoutSpans([span("recorded", 0, 500)], ORIGIN, 1000) };
  const second = {
    id: "b",
    agentName: "Ben",
    spans: layoutSpans([span("missing", 300, 600), span("recorded", 600, 900)], ORIGIN, 1000),
  };

  it("follows the call from agent to agent", () => {
    expect(screenAt([first, second], 100, null)?.id).toBe("a");
    expect(screenAt([first, second], 400, null)?.id).toBe("a");
    expect(screenAt([first, second], 550, null)?.id).toBe("b");
    expect(screenAt([first, second], 950, null)?.id).toBe("b");
  });

  it("keeps to the reviewer's choice", () => {
    expect(screenAt([first, second], 100, "b")?.id).toBe("b");
    expect(screenAt([], 100, "b")).toBeNull();
  });
});

describe("audioCovers", () => {
  it("is half-open", () => {
    const audio = { id: "x", startMs: 100, durationMs: 50 };
    expect([99, 100, 149, 150].map((at) => audioCovers(audio, at))).toEqual([false, true, true, false]);
    expect(audioCovers(null, 0)).toBe(false);
  });
});
