/** Small things that the player does around the engine: loop, links, pictures, skips, places that are kept. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useTell } from "../../components/use-tell";
import { formatDuration } from "../../lib/format";
import type { PlayerEngine } from "../engine/player";
import type { Moment } from "../engine/moments";
import { nextMoment } from "../engine/moments";
import { intersect, quietStretches, speechless, worthLeaving } from "../engine/quiet";
import type { Timeline } from "../engine/timeline";
import type { Taste } from "../lib/keep";
import { keepPlace, keepTaste, recallPlace, recallTaste } from "../lib/keep";
import { linkTo, momentOf } from "../lib/moment-link";
import type { Peaks } from "./peaks";

const KEEP_EVERY_MS = 5000;
/** The picture is loaded piece by piece, and with it what is known to be still. */
const LOOK_AGAIN_MS = 2000;

/** How the reviewer likes to play; kept in the browser. */
export function useTaste(): readonly [Taste, (taste: Taste) => void] {
  const [taste, setTaste] = useState(() => recallTaste(localStorage));
  const change = useCallback((next: Taste) => {
    setTaste(next);
    keepTaste(localStorage, next);
  }, []);
  return [taste, change];
}

/** Begin at the address's moment, else where this interaction was left; and keep the place. */
export function useKeptPlace(engine: PlayerEngine, id: string, durationMs: number, live: boolean): void {
  const [search] = useSearchParams();
  const asked = momentOf(search);
  /** The last moment that was gone to, null for the kept place; undefined before the beginning. */
  const applied = useRef<number | null | undefined>(undefined);
  const known = durationMs > 0;
  useEffect(() => {
    // A call that ends is no reason to go back to where it was begun.
    if (!known || applied.current === asked) return;
    const isBeginning = applied.current === undefined;
    applied.current = asked;
    const at = asked ?? (live || !isBeginning ? null : recallPlace(localStorage, id));
    if (at !== null) engine.seek(at);
  }, [engine, id, asked, live, known]);
  useEffect(() => {
    const keep = () => {
      const { state, durationMs: total, live: growing } = engine.getSnapshot();
      if (state !== "idle" && state !== "loading" && !growing) keepPlace(localStorage, id, engine.positionMs, total);
    };
    const timer = setInterval(() => {
      if (engine.isRunning) keep();
    }, KEEP_EVERY_MS);
    window.addEventListener("pagehide", keep);
    return () => {
      clearInterval(timer);
      window.removeEventListener("pagehide", keep);
      keep();
    };
  }, [engine, id]);
}

/** Leave out silence, or what is silent and still, as the reviewer likes. */
export function useSkips(engine: PlayerEngine, timeline: Timeline, peaks: Peaks | null, taste: Taste): void {
  const { skipSilence, skipIdle } = taste;
  useEffect(() => {
    const { audio, durationMs, live } = timeline;
    if (live || !(skipSilence || skipIdle)) {
      engine.leaveOut([]);
      return;
    }
    const heard = audio === null ? null : { startMs: audio.startMs, endMs: audio.startMs + audio.durationMs };
    const quiet = audio && peaks ? quietStretches(peaks.channels, peaks.msPerPeak, audio.startMs) : [];
    if (skipSilence) {
      engine.leaveOut(worthLeaving(quiet));
      return;
    }
    const silent = speechless(quiet, heard, durationMs);
    const look = () => {
      engine.leaveOut(worthLeaving(intersect(silent, engine.stillStretches())));
    };
    look();
    const timer = setInterval(look, LOOK_AGAIN_MS);
    return () => {
      clearInterval(timer);
    };
  }, [engine, timeline, peaks, skipSilence, skipIdle]);
}

export interface LoopDesk {
  readonly loopFrom: () => void;
  readonly loopTo: () => void;
  readonly loopEnd: () => void;
}

export function useLoop(engine: PlayerEngine): LoopDesk {
  const { t } = useTranslation("player");
  const tell = useTell();
  /** Where the next loop begins, while its end is not chosen. */
  const [fromMs, setFrom] = useState<number | null>(null);
  return useMemo(
    () => ({
      loopFrom: () => {
        engine.setLoop(null);
        setFrom(engine.positionMs);
        tell(t("loopOpen", { from: formatDuration(engine.positionMs) }));
      },
      loopTo: () => {
        const startMs = fromMs ?? engine.getSnapshot().loop?.startMs ?? 0;
        if (engine.positionMs <= startMs) return;
        engine.setLoop({ startMs, endMs: engine.positionMs });
        setFrom(null);
        engine.seek(startMs);
      },
      loopEnd: () => {
        engine.setLoop(null);
        setFrom(null);
      },
    }),
    [engine, fromMs, t, tell],
  );
}

export function useMoments(engine: PlayerEngine, moments: readonly Moment[]): (direction: 1 | -1) => void {
  return useCallback(
    (direction) => {
      const moment = nextMoment(moments, engine.positionMs, direction);
      if (moment !== null) engine.seek(moment.atMs);
    },
    [engine, moments],
  );
}

export function useCopyLink(engine: PlayerEngine): () => void {
  const { t } = useTranslation("player");
  const tell = useTell();
  return useCallback(() => {
    const link = linkTo(window.location.href, engine.positionMs);
    const copying = window.isSecureContext ? navigator.clipboard.writeText(link) : Promise.reject(new Error("insecure"));
    copying.then(
      () => {
        tell(t("linkCopied", { at: formatDuration(engine.positionMs) }));
      },
      () => {
        tell(t("linkNotCopied", { link }), { autoClose: false });
      },
    );
  }, [engine, t, tell]);
}
