/**
 * MediaDriver over a media element and hls.js. Owns one hls.js instance: loading, growth of a live playlist, token
 * renewal (in TokenLoader), recovery, and faults with the server's hint. It makes no choice about time.
 */

import type { ErrorData, LevelDetails } from "hls.js";
import Hls from "hls.js/light";

import type { DriverEvent, DriverSample, MediaDriver, MediaFault } from "../engine/driver";
import type { MediaFragment } from "../engine/time-map";
import type { FreshUrl } from "./fresh-url";
import { faultOf, isGone, silenceOf } from "./fault";
import type { Entry } from "./keyframes";
import { entryOf, wayTo } from "./keyframes";
import { SteadyTime, doesStep } from "./steady-time";
import { tokenLoader } from "./token-loader";

/** Nothing to read yet, or a server that restarts: a live recording is asked again after this long. */
const LIVE_RETRY_MS = 3000;
/** Ready near the end, where an element never reports future data. */
const END_MS = 100;

const CONFIG = {
  startPosition: 0,
  enableWorker: false, // fMP4 passes through: a worker would only copy
  backBufferLength: 90,
  maxBufferLength: 75, // more than from one keyframe to the next, see seek
  liveDurationInfinity: false,
  lowLatencyMode: false,
};

export class HlsDriver implements MediaDriver {
  private hls: Hls;
  private wanted = false;
  private complete = false;
  private recovered = false;
  private fault: MediaFault | null = null;
  private fragments: readonly MediaFragment[] | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly listeners = new Set<(event: DriverEvent) => void>();
  /** Of a growing playlist, whose fragments need not begin with a keyframe. */
  private entries: readonly Entry[] = [];
  /** Where a seek leads that has gone to the keyframe before it first. */
  private goal: number | null = null;
  private readonly steady: SteadyTime | null;
  private readonly elementEvents = ["canplay", "waiting", "seeking", "seeked", "ended", "playing", "stalled"] as const;

  constructor(
    private readonly element: HTMLMediaElement,
    private readonly address: FreshUrl,
  ) {
    for (const name of this.elementEvents) element.addEventListener(name, this.onChange);
    this.steady = doesStep(element) ? new SteadyTime() : null;
    element.addEventListener("pause", this.onPause);
    element.addEventListener("progress", this.onProgress);
    element.addEventListener("error", this.onElementError);
    this.hls = this.open();
  }

  play(): void {
    this.wanted = true;
    this.start();
  }

  pause(): void {
    this.wanted = false;
    this.element.pause();
  }

  seek(mediaMs: number): void {
    const viaMs = wayTo(mediaMs, this.entries, this.element.buffered);
    this.goal = viaMs === null ? null : mediaMs;
    this.element.currentTime = (viaMs ?? mediaMs) / 1000;
  }

  setRate(rate: number): void {
    this.element.playbackRate = rate;
    this.element.defaultPlaybackRate = rate; // an element that loads anew goes back to this one
  }

  sample(): DriverSample {
    const { readyState, seeking, ended, duration } = this.element;
    const mediaMs = this.goal ?? this.elementMs();
    const atEnd = this.complete && Number.isFinite(duration) && mediaMs >= duration * 1000 - END_MS;
    return {
      mediaMs,
      ready: readyState >= HTMLMediaElement.HAVE_FUTURE_DATA || (atEnd && readyState >= HTMLMediaElement.HAVE_CURRENT_DATA),
      seeking: seeking || this.goal !== null,
      ended,
      fault: this.fault,
    };
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.listeners.add(listener);
    if (this.fragments) listener({ kind: "fragments", fragments: this.fragments, complete: this.complete });
    return () => this.listeners.delete(listener);
  }

  /** Begin anew after a fault, at the same place. */
  retry(): void {
    const at = this.element.currentTime;
    this.fault = null;
    this.recovered = false;
    this.hls.destroy();
    this.hls = this.open(at);
    this.emit({ kind: "change" });
  }

  dispose(): void {
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    for (const name of this.elementEvents) this.element.removeEventListener(name, this.onChange);
    this.element.removeEventListener("pause", this.onPause);
    this.element.removeEventListener("progress", this.onProgress);
    this.element.removeEventListener("error", this.onElementError);
    this.listeners.clear();
    this.hls.destroy();
  }

  private elementMs(): number {
    const { currentTime, playbackRate, paused, seeking, readyState } = this.element;
    const runs = !paused && !seeking && readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
    if (this.steady === null || !runs) {
      this.steady?.reset();
      return currentTime * 1000;
    }
    return this.steady.at(performance.now(), currentTime * 1000, playbackRate);
  }

  private start(): void {
    this.element.play().catch((reason: unknown) => {
      if (reason instanceof DOMException && reason.name === "NotAllowedError") this.emit({ kind: "stopped" });
    });
  }

  private open(startPosition = 0): Hls {
    const hls = new Hls({ ...CONFIG, startPosition, loader: tokenLoader(this.address) });
    const learn = (_: string, data: { details: LevelDetails }) => {
      this.learn(data.details);
    };
    hls.on(Hls.Events.LEVEL_UPDATED, learn);
    hls.on(Hls.Events.LEVEL_PTS_UPDATED, learn);
    hls.on(Hls.Events.ERROR, this.onError);
    hls.loadSource(this.address.current);
    hls.attachMedia(this.element);
    if (this.wanted) this.start(); // an element that loads anew stands
    return hls;
  }

  private learn(details: LevelDetails): void {
    this.complete = !details.live;
    this.entries = details.live ? details.fragments.map(entryOf) : [];
    this.fragments = details.fragments.flatMap((fragment) =>
      fragment.programDateTime === null
        ? []
        : [
            {
              mediaStartMs: fragment.start * 1000,
              durationMs: fragment.duration * 1000,
              wallStartMs: fragment.programDateTime,
            },
          ],
    );
    this.emit({ kind: "fragments", fragments: this.fragments, complete: this.complete });
  }

  private onError = (_: string, data: ErrorData): void => {
    const gone = isGone(data) && !this.address.isLive;
    if (!data.fatal && !gone) return;
    if (gone) this.hls.stopLoad(); // else hls.js would ask on for half a minute
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && this.isMended()) return;
    if (data.type === Hls.ErrorTypes.NETWORK_ERROR && this.address.isLive) {
      if (this.retryTimer !== null) clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => {
        this.retry();
      }, LIVE_RETRY_MS);
      return;
    }
    this.fail(faultOf(data));
  };

  /** hls.js only hears of it when it has something to append, which it has not where all is loaded. */
  private onElementError = (): void => {
    if (this.element.error === null || this.isMended()) return;
    this.fail(faultOf({ details: Hls.ErrorDetails.BUFFER_APPEND_ERROR }));
  };

  /** Of a media error. False: it is for good. */
  private isMended(): boolean {
    const silence = silenceOf(this.element.error);
    if (silence !== null) {
      this.hls.stopLoad();
      this.fail(silence);
      return true;
    }
    if (this.recovered) return false;
    this.recovered = true;
    this.goal ??= this.element.currentTime * 1000; // the element loads anew, and stands at 0 then
    this.hls.recoverMediaError();
    if (this.wanted) this.start();
    return true;
  }

  private fail(fault: MediaFault): void {
    this.fault = fault;
    this.emit({ kind: "change" });
  }

  private onChange = (): void => {
    this.emit({ kind: "change" });
  };

  private onProgress = (): void => {
    if (this.goal === null || wayTo(this.goal, this.entries, this.element.buffered) !== null) return;
    this.seek(this.goal);
    this.emit({ kind: "change" });
  };

  private onPause = (): void => {
    if (this.wanted && this.element.paused && !this.element.ended) this.emit({ kind: "stopped" });
  };

  private emit(event: DriverEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
