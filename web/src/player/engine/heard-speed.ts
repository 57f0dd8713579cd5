/**
 * The speed at which the sound is heard. What an element has already handed to the loudspeaker runs on at the old
 * speed for a moment (about 75 ms in Chromium, more over Bluetooth); the picture, which has no such tail, is to turn
 * when the ear does. How long the tail is, is learnt from the element's own time at each change.
 */

const FIRST_TAIL_MS = 75;
/** A change that was not seen by then is not waited for. */
const LONGEST_TAIL_MS = 400;
/** The element's time is read over so long, to tell one speed from the other. */
const WINDOW_MS = 20;
/** Speeds nearer than this cannot be told apart, and need not be. */
const SAME = 0.2;

interface Turn {
  readonly from: number;
  readonly at: number;
  seenAt: number;
  seenMs: number;
}

export class HeardSpeed {
  private speed = 1;
  private turn: Turn | null = null;
  private tailMs = FIRST_TAIL_MS;

  /** The element was told another speed; `running`: sound is on its way. */
  change(speed: number, now: number, mediaMs: number, running: boolean): void {
    const from = this.heard(now);
    this.turn = running && speed !== from ? { from, at: now, seenAt: now, seenMs: mediaMs } : null;
    this.speed = speed;
  }

  /** Nothing is on its way any more. */
  settle(): void {
    this.turn = null;
  }

  /** The speed that is heard now, while the element says it is at `mediaMs`. */
  at(now: number, mediaMs: number): number {
    const heard = this.heard(now);
    this.learn(now, mediaMs);
    return heard;
  }

  private heard(now: number): number {
    return this.turn !== null && now - this.turn.at < this.tailMs ? this.turn.from : this.speed;
  }

  private learn(now: number, mediaMs: number): void {
    const { turn } = this;
    if (turn === null) return;
    const passed = now - turn.seenAt;
    if (passed >= WINDOW_MS) {
      const middle = (turn.from + this.speed) / 2;
      const measured = (mediaMs - turn.seenMs) / passed;
      if (measured > middle === this.speed > middle && Math.abs(turn.from - this.speed) > SAME) {
        // it turned somewhere in this window
        const tail = turn.seenAt + passed / 2 - turn.at;
        this.tailMs += 0.3 * (tail - this.tailMs);
        if (now - turn.at >= this.tailMs) this.turn = null;
        else turn.seenAt = Infinity; // learnt; it is still waited for
        return;
      }
      turn.seenAt = now;
      turn.seenMs = mediaMs;
    }
    if (now - turn.at > LONGEST_TAIL_MS) this.turn = null;
  }
}
