/**
 * The speed at which the sound is heard. What an element has already handed to the loudspeaker runs on at the old
 * speed for a moment (75 to 115 ms in Chromium, the longer when it is to be faster; more over Bluetooth). The picture,
 * which has no such tail, is to turn when the ear does. How long the tail is, is learnt from the element's own time at
 * each change.
 *
 * That time is no straight line: told another speed, an element reports a jump at once and then stands until the
 * sound has come there. So its slope is taken over several such steps.
 */

const FIRST_TAIL_MS = { faster: 100, slower: 75 };
/** A change that was not seen by then is not waited for. */
const LONGEST_TAIL_MS = 400;
/** The slope of the element's time is taken over so long. */
const SLOPE_MS = 60;
/** Speeds nearer than this cannot be told apart, and need not be. */
const SAME = 0.2;
/** How much a new tail counts beside what was learnt before. */
const NEW = 0.3;

interface Turn {
  readonly from: number;
  readonly at: number;
  readonly way: "faster" | "slower";
  learnt: boolean;
}

interface Reading {
  readonly at: number;
  readonly mediaMs: number;
}

export class HeardSpeed {
  private speed = 1;
  private turn: Turn | null = null;
  private readonly tailMs = { ...FIRST_TAIL_MS };
  /** The element's time of late, the oldest first. */
  private readings: Reading[] = [];

  /** The element was told another speed; `running`: sound is on its way. */
  change(speed: number, now: number, running: boolean): void {
    const from = this.heard(now);
    const way = speed > from ? "faster" : "slower";
    this.turn = running && speed !== from ? { from, at: now, way, learnt: Math.abs(from - speed) < SAME } : null;
    this.speed = speed;
  }

  /** Nothing is on its way any more. */
  settle(): void {
    this.turn = null;
    this.readings = [];
  }

  /** The speed that is heard now, while the element says it is at `mediaMs`. */
  at(now: number, mediaMs: number): number {
    const heard = this.heard(now);
    const slope = this.slope(now, mediaMs);
    if (slope !== null) this.learn(now, slope);
    return heard;
  }

  private heard(now: number): number {
    const { turn } = this;
    return turn !== null && now - turn.at < this.tailMs[turn.way] ? turn.from : this.speed;
  }

  private slope(now: number, mediaMs: number): number | null {
    this.readings.push({ at: now, mediaMs });
    while ((this.readings[1]?.at ?? now) <= now - SLOPE_MS) this.readings.shift();
    const oldest = this.readings[0];
    return oldest !== undefined && now - oldest.at >= SLOPE_MS ? (mediaMs - oldest.mediaMs) / (now - oldest.at) : null;
  }

  private learn(now: number, slope: number): void {
    const { turn, speed } = this;
    if (turn === null) return;
    const middle = (turn.from + speed) / 2;
    if (!turn.learnt && slope > middle === speed > middle) {
      // it turned in the middle of what the slope was taken over
      const tailMs = Math.max(0, now - SLOPE_MS / 2 - turn.at);
      this.tailMs[turn.way] += NEW * (tailMs - this.tailMs[turn.way]);
      turn.learnt = true;
    }
    if (now - turn.at > (turn.learnt ? this.tailMs[turn.way] : LONGEST_TAIL_MS)) this.turn = null;
  }
}
