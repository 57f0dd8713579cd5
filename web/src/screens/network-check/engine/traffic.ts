/** What goes over the way to the gateway: a chunk, what fits into a second, echoes. */

import { ApiError, problemOfResponse } from "../../../api/problem";
import type { Failure, Link, Plan, Stored, Traffic } from "./facts";
import { isFailure } from "./facts";
import { linkOf } from "./link";
import type { Ports } from "./ports";
import { within } from "./within";

export const CHUNK_BYTES = 256 * 1024; // about what two seconds of a busy screen have
const FIRST_BYTES = 64 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;
const ENOUGH_MS = 1000; // a transfer that takes so long says how fast the way is
const ECHOES = 100; // as over UDP: of fewer, one that is late says nothing
const APART_MS = 20;
const ECHO_LIMIT_MS = 3000;
const TRANSFER_LIMIT_MS = 60_000; // a chunk at less than 40 kbit/s

/** Ways of one probe at its gateway. */
export class Probe {
  constructor(
    private readonly ports: Ports,
    private readonly plan: Plan,
    private readonly signal: AbortSignal,
  ) {}

  async traffic(): Promise<Traffic> {
    const downKbps = await this.tried(() => fastest((bytes) => this.receive(bytes)));
    const { digest } = this.ports;
    if (digest === null) return { chunk: null, upKbps: null, downKbps };
    const chunk = await this.tried(() => this.store(CHUNK_BYTES, digest));
    if (isFailure(chunk)) return { chunk, upKbps: chunk, downKbps };
    const upKbps = await this.tried(() => fastest(async (bytes) => (await this.store(bytes, digest)).ms));
    return { chunk, upKbps, downKbps };
  }

  /** One after another over one connection; the first opens it and is not counted. */
  async echoes(): Promise<Link> {
    await this.echo();
    const roundTrips: (number | null)[] = [];
    for (let count = 0; count < ECHOES; count += 1) {
      roundTrips.push(await this.echo());
      await this.ports.wait(APART_MS);
    }
    return linkOf(roundTrips);
  }

  private async echo(): Promise<number | null> {
    const began = this.ports.now();
    try {
      const signal = within(ECHO_LIMIT_MS, this.signal);
      const answer = await this.ports.fetch(this.address("echo"), { headers: this.headers, cache: "no-store", signal });
      return answer.ok ? this.ports.now() - began : null;
    } catch {
      this.signal.throwIfAborted();
      return null;
    }
  }

  private async store(bytes: number, digest: NonNullable<Ports["digest"]>): Promise<Stored> {
    const body = this.ports.random(bytes);
    const headers = { ...this.headers, "Content-Digest": `sha-256=:${await digest(body)}:` };
    const began = this.ports.now();
    const answer = await this.ports.fetch(this.address("chunks/1"), { method: "PUT", body, headers, signal: within(TRANSFER_LIMIT_MS, this.signal) });
    const ms = this.ports.now() - began;
    const said = (await answer.json().catch(() => null)) as { stored_ms?: unknown } | null;
    refuse(answer, said);
    return { bytes, ms, storedMs: typeof said?.stored_ms === "number" ? said.stored_ms : 0 };
  }

  private async receive(bytes: number): Promise<number> {
    const began = this.ports.now();
    const answer = await this.ports.fetch(this.address(`bytes/${String(bytes)}`), {
      headers: this.headers,
      cache: "no-store",
      signal: within(TRANSFER_LIMIT_MS, this.signal),
    });
    if (!answer.ok) refuse(answer, await answer.json().catch(() => null));
    await answer.arrayBuffer();
    return this.ports.now() - began;
  }

  private async tried<T>(work: () => Promise<T>): Promise<T | Failure> {
    try {
      return await work();
    } catch (error) {
      this.signal.throwIfAborted();
      return failureOf(error);
    }
  }

  private address(path: string): string {
    return `${this.plan.gatewayUrl}/v1/probes/${this.plan.probeId}/${path}`;
  }

  private get headers(): Readonly<Record<string, string>> {
    return { Authorization: `Bearer ${this.plan.token}` };
  }
}

/** kbit/s of the largest transfer: each is twice the one before, until one takes long enough to say. */
async function fastest(transfer: (bytes: number) => Promise<number>): Promise<number> {
  for (let bytes = FIRST_BYTES; ; bytes *= 2) {
    const ms = await transfer(bytes);
    if (ms >= ENOUGH_MS || bytes >= MOST_BYTES) return (bytes * 8) / Math.max(ms, 0.001);
  }
}

function refuse(answer: Response, said: unknown): void {
  if (!answer.ok) throw new ApiError(problemOfResponse(answer.status, answer.statusText, said));
}

/** Anything that was thrown, in words; nobody's words for what never got an answer. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof ApiError)) return { failed: "", hint: "" };
  const { title, detail, hint } = error.problem;
  return { failed: detail || title, hint: hint ?? "" };
}
