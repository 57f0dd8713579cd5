/** What to do next about a live picture that comes, does not come, or has stopped coming. Pure. */

/** How a picture is tried: over whatever way the browser finds, over TURN alone, or by HTTPS, seconds behind. */
export type Attempt = "any" | "relay" | "https";

/** Why it is not better than it is. Texts are the page's. */
export type Why =
  | "no-path" // nothing that WebRTC needs gets through
  | "no-picture" // there is a path, and nothing comes over it
  | "died" // there was a picture, again and again it stopped
  | "refused" // the gateway said no
  | "recorder" // the recorder has no way itself, or does not send
  | "no-webrtc" // the browser has none
  | "no-h264"; // or plays none of our pictures by it

export interface Standing {
  readonly nowMs: number;
  readonly attempt: Attempt;
  /** When the attempt began, or capturing went on, whichever was later. */
  readonly sinceMs: number;
  readonly leg: "connecting" | "connected" | "broken";
  /** The gateway answered, and said no. */
  readonly isRefused: boolean;
  readonly connectedAtMs: number | null;
  /** Of the newest picture of this attempt. */
  readonly frameAtMs: number | null;
  readonly hasTurn: boolean;
  /** The gateway says whether the recorder sends; null: it did not. */
  readonly isPublishing: boolean | null;
  /** By its own report the recorder sends nothing, for no way of its own works. */
  readonly recorderCannot: boolean;
  /** When a picture had stopped the last time. */
  readonly diedAtMs: number | null;
}

export type Step = null | { readonly to: Attempt; readonly why: Why | null; readonly died: boolean };

const CONNECT_MS = 3000;
/** Waits longer for candidates. */
const RELAY_MS = 4000;
const PICTURE_MS = 4000;
const STANDSTILL_MS = 4000;
/** The recorder climbs down a ladder of its own meanwhile. */
const RECORDER_MS = 12_000;
/** A path that dies again within this is no path. */
const AGAIN_MS = 30_000;

export function stepOf(standing: Standing): Step {
  const { nowMs, attempt, sinceMs, leg, connectedAtMs, frameAtMs } = standing;
  if (attempt === "https") return null;
  if (standing.recorderCannot) return { to: "https", why: "recorder", died: false };
  if (standing.isRefused) return { to: "https", why: "refused", died: false };
  if (leg === "broken") return frameAtMs === null ? down(standing, "no-path") : dead(standing);
  if (leg === "connecting" && connectedAtMs === null) {
    const limit = attempt === "relay" ? RELAY_MS : CONNECT_MS;
    return nowMs - sinceMs >= limit ? down(standing, "no-path") : null;
  }
  const movedAtMs = Math.max(frameAtMs ?? 0, sinceMs, connectedAtMs ?? 0);
  if (standing.isPublishing === false) {
    return nowMs - movedAtMs >= RECORDER_MS ? { to: "https", why: "recorder", died: false } : null;
  }
  if (nowMs - movedAtMs < (frameAtMs === null ? PICTURE_MS : STANDSTILL_MS)) return null;
  return frameAtMs === null ? down(standing, "no-picture") : dead(standing);
}

function down(standing: Standing, why: Why): NonNullable<Step> {
  const { attempt, hasTurn } = standing;
  // After a death there is no time to lose, and TURN was among what has just been tried.
  const isHasty = why === "no-path" && hasJustDied(standing);
  return { to: attempt === "any" && hasTurn && !isHasty ? "relay" : "https", why, died: false };
}

function hasJustDied({ nowMs, diedAtMs }: Standing): boolean {
  return diedAtMs !== null && nowMs - diedAtMs <= AGAIN_MS;
}

/** Once the same again, for networks change; then the next. */
function dead(standing: Standing): Step {
  if (hasJustDied(standing)) return { ...down(standing, "died"), died: true };
  return { to: standing.attempt, why: null, died: true };
}
