/** A server, a gateway and connections that do what a test says. */

import type { Flow } from "../flow";
import { NO_FLOW } from "../flow";
import type { LiveApi, LiveView } from "../lease";
import type { Leg, LegOptions } from "../leg";
import type { Rung } from "../rung";

export class FakeLeg implements Leg {
  state: Leg["state"] = "connecting";
  fault: unknown = null;
  stream: MediaStream | null = null;
  flow: Flow = NO_FLOW;
  sends: boolean | null = true;
  isClosed = false;
  readonly tokens: string[] = [];

  constructor(readonly options: LegOptions) {}

  /** Connected, and one more picture has come. */
  picture(rung: Rung = "direct"): void {
    this.state = "connected";
    this.stream ??= { leg: this } as unknown as MediaStream;
    this.flow = { ...this.flow, rung, frames: this.flow.frames + 1, bytes: this.flow.bytes + 1000, rttMs: 20 };
  }

  sample(): Promise<Flow> {
    return Promise.resolve(this.flow);
  }

  publishing(): Promise<boolean | null> {
    return Promise.resolve(this.sends);
  }

  renew(token: string): Promise<void> {
    this.tokens.push(token);
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.state = "broken";
  }
}

const TURN = { host: "turn.test", port: 3478, tls_port: 443, username: "u", password: "p" };

export class FakeApi implements LiveApi<LiveView> {
  view: LiveView = { id: "lvw_1", whep_url: "http://gw/v1/live/scr_1/whep", token: "t0", turn: TURN, state: "recording", recorder: null };
  opened = 0;
  renewed = 0;
  readonly ended: string[] = [];
  /** Thrown by the next question. */
  problem: unknown = null;

  open(): Promise<LiveView> {
    this.opened += 1;
    this.view = { ...this.view, id: `lvw_${String(this.opened)}` };
    return this.answer();
  }

  renew(): Promise<LiveView> {
    this.renewed += 1;
    this.view = { ...this.view, token: `t${String(this.renewed)}` };
    return this.answer();
  }

  end(id: string): void {
    this.ended.push(id);
  }

  private answer(): Promise<LiveView> {
    const { problem } = this;
    this.problem = null;
    return problem === null ? Promise.resolve(this.view) : Promise.reject(problem as Error);
  }
}
