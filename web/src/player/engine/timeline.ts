/**
 * The presentation timeline: what there is to play, in milliseconds since the interaction began.
 *
 * Wall times from the API come in, positions go out. Spans are cleaned here once (sorted, clipped, no overlap,
 * paused winning over everything), so that nothing after this module has to doubt them.
 */

export type SpanState = "recorded" | "paused" | "acw" | "missing";

/** One stretch of a screen recording in one state, half-open: [startMs, endMs). */
export interface Span {
  readonly state: SpanState;
  readonly startMs: number;
  readonly endMs: number;
  /** Still going on: endMs is only the last instant known. */
  readonly open: boolean;
  /** Why it is paused or missing, a reason code of the server. */
  readonly reason: string | null;
  /** What someone can do about it. */
  readonly advice: string | null;
}

/** A span as the API sends it: wall milliseconds, end null while it lasts. */
export interface WallSpan {
  readonly state: SpanState;
  readonly start: number;
  readonly end: number | null;
  readonly reason: string | null;
  readonly advice: string | null;
}

export interface ScreenTrack {
  readonly id: string;
  readonly agentName: string;
  readonly spans: readonly Span[];
}

export interface AudioTrack {
  readonly id: string;
  /** Position of audio time 0; negative when the call recording began before the interaction. */
  readonly startMs: number;
  readonly durationMs: number;
}

export interface Timeline {
  /** Wall time of position 0, server clock. */
  readonly originWallMs: number;
  readonly durationMs: number;
  /** More may still come: the end is the last instant known, not the last one. */
  readonly live: boolean;
  readonly screens: readonly ScreenTrack[];
  readonly audio: AudioTrack | null;
}

/** Which state wins where two spans claim the same instant. Privacy first, then honesty about loss. */
const PRECEDENCE: Readonly<Record<SpanState, number>> = { paused: 3, missing: 2, acw: 1, recorded: 0 };

/** Sort, clip to [0, durationMs), resolve overlaps by PRECEDENCE and join equal neighbours. */
export function layoutSpans(spans: readonly WallSpan[], originWallMs: number, durationMs: number): Span[] {
  const clipped = spans
    .map((span) => toPosition(span, originWallMs, durationMs))
    .filter((span) => span.endMs > span.startMs);
  const edges = [...new Set(clipped.flatMap((span) => [span.startMs, span.endMs]))].sort((a, b) => a - b);
  const laid: Span[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const startMs = edges[i] as number;
    const endMs = edges[i + 1] as number;
    const winner = strongest(clipped.filter((span) => span.startMs <= startMs && span.endMs >= endMs));
    if (winner === null) continue;
    const open = winner.open && endMs === winner.endMs;
    const last = laid.at(-1);
    if (last && last.endMs === startMs && sameKind(last, winner)) {
      laid[laid.length - 1] = { ...last, endMs, open };
    } else {
      laid.push({ ...winner, startMs, endMs, open });
    }
  }
  return laid;
}

function toPosition(span: WallSpan, originWallMs: number, durationMs: number): Span {
  return {
    state: span.state,
    startMs: Math.max(0, span.start - originWallMs),
    endMs: Math.min(durationMs, span.end === null ? durationMs : span.end - originWallMs),
    open: span.end === null,
    reason: span.reason,
    advice: span.advice,
  };
}

function strongest(spans: readonly Span[]): Span | null {
  return spans.reduce<Span | null>(
    (best, span) => (best === null || PRECEDENCE[span.state] > PRECEDENCE[best.state] ? span : best),
    null,
  );
}

function sameKind(a: Span, b: Span): boolean {
  return a.state === b.state && a.reason === b.reason && a.advice === b.advice;
}

export function spanAt(spans: readonly Span[], positionMs: number): Span | null {
  let low = 0;
  let high = spans.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const span = spans[middle] as Span;
    if (positionMs < span.startMs) high = middle - 1;
    else if (positionMs >= span.endMs) low = middle + 1;
    else return span;
  }
  return null;
}

/** A picture may be shown here. */
export function isVisible(span: Span | null): boolean {
  return span !== null && (span.state === "recorded" || span.state === "acw");
}

export function audioCovers(audio: AudioTrack | null, positionMs: number): audio is AudioTrack {
  return audio !== null && positionMs >= audio.startMs && positionMs < audio.startMs + audio.durationMs;
}

/**
 * Which screen to show: the reviewer's choice, else the one with a picture now, else the one that explains why
 * there is none, else the nearest one.
 */
export function screenAt(screens: readonly ScreenTrack[], positionMs: number, choice: string | null): ScreenTrack | null {
  const chosen = screens.find((screen) => screen.id === choice);
  if (chosen) return chosen;
  const distance = (screen: ScreenTrack): number => {
    const first = screen.spans[0]?.startMs ?? Infinity;
    const last = screen.spans.at(-1)?.endMs ?? Infinity;
    return positionMs < first ? first - positionMs : Math.max(0, positionMs - last);
  };
  return (
    screens.find((screen) => isVisible(spanAt(screen.spans, positionMs))) ??
    screens.find((screen) => spanAt(screen.spans, positionMs) !== null) ??
    [...screens].sort((a, b) => distance(a) - distance(b))[0] ??
    null
  );
}
