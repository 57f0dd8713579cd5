/**
 * A tab that shows the screen alone and keeps with the leader's clock. Its own engine plays without sound, so its
 * virtual clock leads there, and is set by what the leader says. While no leader is heard it plays on by itself.
 */

import type { Monotonic } from "../clock";
import type { PlayerEngine } from "../player";
import type { Channel, Message, Order, Sample } from "./messages";
import { ClockOffset } from "./offset";

export const ASK_EVERY_MS = 200;
/** A leader that was not heard for so long is away. */
export const AWAY_MS = 1500;
/** Further off than this is another place: go there. Nearer, the clock is set and the picture catches up. */
export const ELSEWHERE_MS = 700;
/** A jump that did not get there is tried again after this. */
const AGAIN_MS = 1500;
/** Samples said before the leader heard of our place are not to be followed. */
const ADOPT_MS = 500;
/** A pause may leave two elements apart by this much without a reason to move. */
const STANDING_MS = 20;

export type Company = "new" | "together" | "alone";

export class Follower {
  private readonly offset = new ClockOffset();
  private leader: string | null = null;
  private latest: Sample | null = null;
  private heardMs = -Infinity;
  private askedMs = -Infinity;
  private jumpedMs = -Infinity;
  private deafUntilMs = -Infinity;
  private state: Company = "new";
  private readonly unlisten: () => void;

  constructor(
    private readonly engine: PlayerEngine,
    private readonly channel: Channel,
    private readonly id: string,
    private readonly now: Monotonic,
  ) {
    this.unlisten = channel.listen(this.onMessage);
  }

  get company(): Company {
    return this.state;
  }

  /** The leader wants a gesture in its own tab. */
  get leaderStopped(): boolean {
    return this.state === "together" && this.latest?.stopped === true;
  }

  /** What is shown here minus where the leader is now, in ms of the recording; null while that is not known. */
  get apartMs(): number | null {
    const target = this.target();
    if (target === null || !this.engine.isMoving || this.latest?.moving !== true) return null;
    const pictureAheadMs = (this.engine.syncErrorMs ?? 0) * this.engine.getSnapshot().rate;
    return this.engine.positionMs + pictureAheadMs - target;
  }

  /** To be done by the leader, or here while there is none. */
  order(order: Order): void {
    if (this.state === "together") this.channel.send({ kind: "order", from: this.id, order });
    else this.obey(order);
  }

  /** Call with every tick of the engine. */
  tick(): void {
    const now = this.now();
    if (now - this.askedMs >= ASK_EVERY_MS) {
      this.askedMs = now;
      const { withinMs } = this.offset;
      this.channel.send({ kind: "ask", from: this.id, sentMs: now, apartMs: this.apartMs, withinMs });
    }
    if (this.state === "together" && now - this.heardMs > AWAY_MS) this.part();
    if (this.state === "together") this.keepUp();
  }

  close(): void {
    this.unlisten();
    this.engine.gate(false);
  }

  private onMessage = (message: Message): void => {
    if (message.kind === "hello") {
      this.meet(message.from);
      if (this.state === "new") return;
      this.part(); // it is another one than before, or the same anew: it knows nothing
      this.sayWhere();
    } else if (message.kind === "sample" && (message.to === null || message.to === this.id)) {
      this.meet(message.from);
      const now = this.now();
      if (message.to === this.id && message.echoMs !== null) this.offset.add(message.echoMs, message.sample.atMs, now);
      if (now < this.deafUntilMs) return;
      if (this.state === "alone" && now - this.heardMs > AWAY_MS) {
        this.heardMs = now;
        return this.sayWhere();
      }
      this.heardMs = now;
      this.latest = message.sample;
      if (this.offset.offsetMs === null) return;
      this.state = "together";
      this.keepUp();
    }
  };

  private meet(leader: string): void {
    if (this.leader === leader) return;
    this.leader = leader;
    this.offset.forget();
  }

  private part(): void {
    this.state = "alone";
    this.latest = null;
    this.engine.gate(false);
  }

  private sayWhere(): void {
    this.deafUntilMs = this.now() + ADOPT_MS;
    const { positionMs, isRunning: running } = this.engine;
    const { rate } = this.engine.getSnapshot();
    this.channel.send({ kind: "order", from: this.id, order: { kind: "adopt", positionMs, rate, running } });
  }

  /** Where the leader is now. */
  private target(): number | null {
    const { offsetMs } = this.offset;
    if (this.latest === null || offsetMs === null) return null;
    const since = this.latest.moving ? this.now() + offsetMs - this.latest.atMs : 0;
    return this.latest.positionMs + Math.max(0, since) * this.latest.rate;
  }

  private keepUp(): void {
    const target = this.target();
    if (target === null || this.latest === null) return;
    const { engine } = this;
    const { state, rate } = engine.getSnapshot();
    if (state === "idle" || state === "loading") return;
    if (rate !== this.latest.rate) engine.setRate(this.latest.rate);
    if (!this.latest.running) {
      if (engine.isRunning) engine.pause();
      engine.gate(false);
      if (Math.abs(engine.positionMs - target) > STANDING_MS) this.jump(target);
      return;
    }
    const far = Math.abs(engine.positionMs - target) > (this.latest.moving ? ELSEWHERE_MS : STANDING_MS);
    if (far) this.jump(target);
    engine.gate(!this.latest.moving);
    if (!engine.isRunning) engine.play();
    if (!far) engine.align(target);
  }

  private jump(target: number): void {
    const isNew = this.latest !== null && !this.latest.moving;
    if (!isNew && this.now() - this.jumpedMs < AGAIN_MS) return;
    this.jumpedMs = this.now();
    this.engine.seek(target);
  }

  private obey(order: Order): void {
    if (order.kind === "play") this.engine.play();
    else if (order.kind === "pause") this.engine.pause();
    else if (order.kind === "seek") this.engine.seek(order.positionMs);
    else if (order.kind === "rate") this.engine.setRate(order.rate);
  }
}
