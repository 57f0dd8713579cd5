/**
 * Keeps what an evaluator says: at once on this computer, a moment later at the server. It knows no page and no
 * network; what it needs comes through `Ports`. Without a network it goes on trying; what another window saved
 * meanwhile is taken in, and where both answered the same question it waits until somebody chooses.
 */

import type { Content, Side } from "./merge";
import { isSame, merge } from "./merge";
import type { AnswerProblem, Score } from "./model";

/** What the server has. */
export interface Saved {
  readonly revision: number;
  readonly content: Content;
}

/** Begun but not known to be at the server, with what it was begun from. */
export interface Kept {
  readonly base: Saved;
  readonly content: Content;
}

export interface Judged extends Saved {
  readonly result: Score;
  readonly problems: readonly AnswerProblem[];
}

export type Failure =
  | { readonly kind: "changed"; readonly current: Saved }
  | { readonly kind: "later"; readonly error: unknown }
  | { readonly kind: "refused"; readonly error: unknown };

export type Outcome = { readonly kind: "saved"; readonly saved: Judged } | Failure;

export interface Ports {
  send(draft: Saved): Promise<Outcome>;
  keep(kept: Kept | null): void;
  /** Runs something later; gives the way to call it off. */
  later(run: () => void, ms: number): () => void;
}

export type Phase = "saved" | "changed" | "saving" | "waiting" | "clash" | "refused";

export interface DraftView extends Judged {
  /** As it stands on the page; `revision` is of what the server has. */
  readonly content: Content;
  readonly phase: Phase;
  readonly error: unknown;
  /** Answers of another window were taken in. */
  readonly joined: boolean;
  readonly theirs: Saved | null;
  readonly clashes: readonly string[];
}

const PAUSE_MS = 700;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30_000;

export class DraftKeeper {
  private view: DraftView;
  private base: Saved;
  private callOff: (() => void) | null = null;
  private running: Promise<void> | null = null;
  private retryMs = FIRST_RETRY_MS;
  private readonly listeners = new Set<() => void>();

  constructor(
    start: Judged,
    kept: Kept | null,
    private readonly ports: Ports,
  ) {
    const isBehind = kept !== null && !isSame(kept.content, start.content);
    this.base = isBehind ? kept.base : start;
    this.view = {
      ...start,
      content: isBehind ? kept.content : start.content,
      phase: isBehind ? "changed" : "saved",
      error: null,
      joined: false,
      theirs: null,
      clashes: [],
    };
  }

  readonly getView = (): DraftView => this.view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** From now on it saves by itself. */
  start(): void {
    if (this.view.phase === "changed") this.schedule(0);
  }

  /** The page is left: what is not saved yet is sent now; it stays kept until the server has it. */
  stop(): void {
    this.unschedule();
    if (this.view.phase === "changed" || this.view.phase === "waiting") void this.save();
  }

  /** The server was read again: what another window saved is shown, as long as nothing here waits to be saved. */
  read(saved: Judged): void {
    if (this.view.phase !== "saved" || saved.revision <= this.base.revision) return;
    this.base = saved;
    this.show(saved);
  }

  change(content: Content): void {
    this.ports.keep({ base: this.base, content });
    const { phase } = this.view;
    const waits = phase === "saving" || phase === "clash" || phase === "waiting";
    this.show({ content, phase: waits ? phase : "changed", joined: false });
    if (!waits) this.schedule(PAUSE_MS);
  }

  /** The network is back, or somebody asks for it. */
  retry(): void {
    if (this.view.phase === "waiting" || this.view.phase === "refused") void this.save();
  }

  /** Of what both windows changed, whose holds. */
  choose(sides: ReadonlyMap<string, Side>): void {
    const { theirs, content } = this.view;
    if (theirs === null) return;
    const merged = merge(this.base.content, content, theirs.content, (key) => sides.get(key) ?? "mine");
    this.base = theirs;
    this.ports.keep({ base: theirs, content: merged.content });
    this.show({ content: merged.content, phase: "changed", theirs: null, clashes: [] });
    void this.save();
  }

  /** Save what is there now; the revision that the server then has, null if it could not be saved. */
  async flush(): Promise<number | null> {
    if (this.running !== null) await this.running;
    if (this.view.phase !== "saved" && this.view.phase !== "clash") await this.save();
    return this.getView().phase === "saved" ? this.base.revision : null;
  }

  private save(): Promise<void> {
    this.unschedule();
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async run(): Promise<void> {
    for (;;) {
      const { content } = this.view;
      this.show({ phase: "saving", error: null });
      const outcome = await this.ports.send({ revision: this.base.revision, content });
      if (outcome.kind === "saved") {
        this.retryMs = FIRST_RETRY_MS;
        const { revision, result, problems } = outcome.saved;
        this.base = { revision, content };
        this.show({ revision, result, problems });
        if (!isSame(this.view.content, content)) {
          // Kept with the base it was begun from, one's own save would look like somebody else's.
          this.ports.keep({ base: this.base, content: this.view.content });
          continue;
        }
        this.ports.keep(null);
        this.show({ phase: "saved" });
        return;
      }
      if (outcome.kind !== "changed") {
        const { kind, error } = outcome;
        this.show({ phase: kind === "later" ? "waiting" : "refused", error });
        if (kind === "later") this.schedule((this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS)));
        return;
      }
      const { current } = outcome;
      const { content: merged, clashes } = merge(this.base.content, this.view.content, current.content);
      if (clashes.length > 0) {
        this.show({ phase: "clash", theirs: current, clashes });
        return;
      }
      this.base = current;
      this.ports.keep({ base: current, content: merged });
      this.show({ content: merged, joined: true });
    }
  }

  private schedule(ms: number): void {
    this.unschedule();
    this.callOff = this.ports.later(() => void this.save(), ms);
  }

  private unschedule(): void {
    this.callOff?.();
    this.callOff = null;
  }

  private show(more: Partial<DraftView>): void {
    this.view = { ...this.view, ...more };
    for (const listener of this.listeners) listener();
  }
}
