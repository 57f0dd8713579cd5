/** The tab with the sound: says where it is, whenever asked and whenever something changed, and takes orders. */

import type { Monotonic } from "../clock";
import type { PlayerEngine } from "../player";
import type { Channel, Message, Order, Sample } from "./messages";

/** Who plays on from before this leader came has so long to say so. */
export const GRACE_MS = 300;
/** Being elsewhere than the last sample told is news from here on. */
const NEWS_MS = 30;
/** A follower that was not heard for so long is closed. */
const GONE_MS = 2000;

/** What a follower says of itself. */
export interface Followed {
  readonly apartMs: number;
  readonly withinMs: number;
}

export class Leader {
  private openFromMs: number | null = null;
  private told: Sample | null = null;
  private heardMs = -Infinity;
  private heard: Followed | null = null;
  private readonly unlisten: () => void;

  constructor(
    private readonly engine: PlayerEngine,
    private readonly channel: Channel,
    private readonly id: string,
    private readonly now: Monotonic,
    /** Another leader has this channel: this one has to take another. */
    private readonly onTaken: () => void,
  ) {
    this.unlisten = channel.listen(this.onMessage);
  }

  /** The follower heard last, null when there is none. */
  get followed(): Followed | null {
    return this.now() - this.heardMs < GONE_MS ? this.heard : null;
  }

  /** Somebody follows, whether or not it has measured anything. */
  get isFollowed(): boolean {
    return this.now() - this.heardMs < GONE_MS;
  }

  /** Call with every tick of the engine. */
  tick(): void {
    const { state } = this.engine.getSnapshot();
    if (state === "idle" || state === "loading") return;
    if (this.openFromMs === null) {
      this.openFromMs = this.now() + GRACE_MS;
      this.channel.send({ kind: "hello", from: this.id });
    }
    if (this.isOpen && this.isNews(this.sample())) this.push(null, null);
  }

  close(): void {
    this.unlisten();
  }

  private get isOpen(): boolean {
    return this.openFromMs !== null && this.now() >= this.openFromMs;
  }

  private sample(): Sample {
    const { rate, stopped } = this.engine.getSnapshot();
    const { isRunning, isMoving, positionMs } = this.engine;
    return { atMs: this.now(), positionMs, rate, running: isRunning, moving: isMoving, stopped };
  }

  private isNews(sample: Sample): boolean {
    const { told } = this;
    if (told === null) return true;
    if (told.rate !== sample.rate || told.running !== sample.running || told.moving !== sample.moving) return true;
    const expected = told.positionMs + (told.moving ? (sample.atMs - told.atMs) * told.rate : 0);
    return told.stopped !== sample.stopped || Math.abs(sample.positionMs - expected) > NEWS_MS;
  }

  private push(to: string | null, echoMs: number | null): void {
    this.told = this.sample();
    this.channel.send({ kind: "sample", from: this.id, to, echoMs, sample: this.told });
  }

  private onMessage = (message: Message): void => {
    switch (message.kind) {
      case "ask":
        this.heardMs = this.now();
        this.heard =
          message.apartMs === null || message.withinMs === null
            ? null
            : { apartMs: message.apartMs, withinMs: message.withinMs };
        if (this.isOpen) this.push(message.from, message.sentMs);
        return;
      case "order":
        this.obey(message.order);
        return;
      case "hello":
        if (this.isOpen) this.channel.send({ kind: "taken", from: this.id, to: message.from });
        return;
      case "taken":
        if (message.to === this.id) this.onTaken();
        return;
      case "sample":
        return;
    }
  };

  private obey(order: Order): void {
    switch (order.kind) {
      case "play":
        this.engine.play();
        break;
      case "pause":
        this.engine.pause();
        break;
      case "seek":
        this.engine.seek(order.positionMs);
        break;
      case "rate":
        this.engine.setRate(order.rate);
        break;
      case "adopt":
        this.openFromMs = this.now();
        this.engine.setRate(order.rate);
        this.engine.seek(order.positionMs);
        if (order.running) this.engine.play();
        else this.engine.pause();
        break;
    }
    if (this.isOpen) this.push(null, null);
  }
}
