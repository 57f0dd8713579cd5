/** The advanced player of one interaction. Loaded when first shown: hls.js comes with it. */

import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";

import type { InteractionDetails } from "../../api/client";
import { timelineOf } from "../../lib/timeline-of";
import { PlayerEngine } from "../engine/player";
import { Diagnostics } from "./diagnostics";
import { CallAudio } from "./media-elements";
import { readPeaks } from "./peaks";
import classes from "./player.module.css";
import { PlayerContext } from "./player-context";
import { Stage } from "./stage";
import { Ticker } from "./ticker";
import { Timeline } from "./timeline";
import type { Sound } from "./transport";
import { SPEEDS, STEP_MS, Transport } from "./transport";
import { useKeyboard } from "./use-keyboard";

export interface PlayerProps {
  readonly details: InteractionDetails;
  /** Server wall time at which the details were true. */
  readonly serverNow: number;
  /** Ask the server again: the answer carries fresh media addresses. */
  readonly refresh: () => Promise<InteractionDetails>;
}

const JUMP_MS = 10_000;

export default function Player({ details, serverNow, refresh }: PlayerProps) {
  const [parts] = useState(() => ({ engine: new PlayerEngine(() => performance.now()), ticker: new Ticker() }));
  const { engine, ticker } = parts;
  const [root, setRoot] = useState<HTMLElement | null>(null);
  const [sound, setSound] = useState<Sound>({ volume: 1, muted: false });
  const [chosen, setChosen] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const isFull = useIsFull(root);
  const timeline = useMemo(() => timelineOf(details, serverNow), [details, serverNow]);
  const peaks = usePeaks(details);

  useEffect(() => {
    engine.load(timeline);
  }, [engine, timeline]);

  useEffect(() => {
    const stopListening = ticker.onTick(() => {
      engine.tick();
      if (root) report(root, engine);
    });
    const stop = ticker.start();
    return () => {
      stop();
      stopListening();
    };
  }, [engine, ticker, root]);

  const toggleFull = useCallback(() => {
    void (document.fullscreenElement ? document.exitFullscreen() : root?.requestFullscreen());
  }, [root]);
  const choose = (id: string | null) => {
    setChosen(id);
    engine.chooseScreen(id);
  };
  useKeyboard(useMemo(() => keysOf(engine, toggleFull, setSound), [engine, toggleFull]));

  const renewScreen = useCallback(
    async (id: string) => {
      const fresh = await refresh();
      return needed(fresh.screen_recordings.find((recording) => recording.id === id)?.playlist_url);
    },
    [refresh],
  );
  const renewAudio = useCallback(async () => needed((await refresh()).call_recording?.playlist_url), [refresh]);

  const call = details.call_recording;
  const shownRecording = details.screen_recordings[0];
  return (
    <PlayerContext value={parts}>
      <section ref={setRoot} className={classes["player"]} aria-label="Player" data-testid="player" data-state="idle">
        <Stage
          key={`stage-${String(attempt)}`}
          recordings={details.screen_recordings}
          originWallMs={timeline.originWallMs}
          hasAudio={details.has_call_recording}
          renew={renewScreen}
          onRetry={() => {
            setAttempt(attempt + 1);
          }}
        />
        {timeline.audio !== null && call?.playlist_url && (
          <CallAudio
            key={`${call.id}-${String(attempt)}`}
            id={call.id}
            offer={{ url: call.playlist_url, live: false, renew: renewAudio }}
            {...sound}
          />
        )}
        <Transport
          sound={sound}
          onSound={setSound}
          screens={timeline.screens}
          chosen={chosen}
          onChoose={choose}
          isFull={isFull}
          onFull={toggleFull}
        />
        <Timeline timeline={timeline} peaks={peaks} audioNote={audioNote(details)} events={details.events} />
        <details className={classes["more"]}>
          <summary>Diagnostics</summary>
          <Diagnostics clockUncertaintyMs={shownRecording?.clock_uncertainty_ms ?? null} />
        </details>
      </section>
    </PlayerContext>
  );
}

/** The player's outside view, read by tests and by browser extensions of a contact centre. */
function report(root: HTMLElement, engine: PlayerEngine): void {
  const { state, durationMs } = engine.getSnapshot();
  root.dataset["state"] = state;
  root.dataset["positionMs"] = engine.positionMs.toFixed(0);
  root.dataset["wallMs"] = engine.wallMs.toFixed(3);
  root.dataset["durationMs"] = durationMs.toFixed(0);
  root.dataset["syncErrorMs"] = engine.syncErrorMs?.toFixed(2) ?? "";
}

function keysOf(engine: PlayerEngine, toggleFull: () => void, setSound: (next: (sound: Sound) => Sound) => void) {
  const faster = (direction: 1 | -1) => () => {
    const { rate } = engine.getSnapshot();
    const next = direction > 0 ? SPEEDS.find((speed) => speed > rate) : SPEEDS.findLast((speed) => speed < rate);
    if (next !== undefined) engine.setRate(next);
  };
  const louder = (by: number) => () => {
    setSound(({ volume }) => ({ volume: Math.max(0, Math.min(1, Math.round((volume + by) * 20) / 20)), muted: false }));
  };
  const toggle = () => {
    engine.toggle();
  };
  return {
    " ": toggle,
    k: toggle,
    ArrowLeft: () => {
      engine.step(-STEP_MS);
    },
    ArrowRight: () => {
      engine.step(STEP_MS);
    },
    j: () => {
      engine.step(-JUMP_MS);
    },
    l: () => {
      engine.step(JUMP_MS);
    },
    Home: () => {
      engine.seek(0);
    },
    End: () => {
      engine.seek(Infinity);
    },
    "<": faster(-1),
    ">": faster(1),
    ArrowUp: louder(0.1),
    ArrowDown: louder(-0.1),
    m: () => {
      setSound((sound) => ({ ...sound, muted: !sound.muted }));
    },
    s: () => {
      engine.showScreen(!engine.getSnapshot().screenShown);
    },
    f: toggleFull,
  };
}

function needed(url: string | null | undefined): string {
  if (!url) throw new Error("The media is no longer offered.");
  return url;
}

function audioNote({ call_recording: call, state }: InteractionDetails): string {
  if (call === null) return "No call recording";
  if (call.state === "failed") return `Call recording failed${call.error ? `: ${call.error}` : ""}`;
  if (call.state === "ready") return call.peaks_url === null ? "No waveform" : "";
  return state === "in_progress" ? "The call recording comes after the call" : "The call recording is being prepared";
}

function usePeaks({ call_recording: call }: InteractionDetails) {
  const ready = call?.state === "ready" && call.peaks_url !== null;
  const { data } = useQuery({
    queryKey: ["peaks", call?.id],
    queryFn: async () => {
      const response = await fetch(call?.peaks_url ?? "");
      if (!response.ok) throw new Error(`Peaks: ${String(response.status)}`);
      return readPeaks(await response.json());
    },
    enabled: ready,
    staleTime: Infinity,
  });
  return ready ? (data ?? null) : null;
}

function useIsFull(root: HTMLElement | null): boolean {
  const [isFull, setIsFull] = useState(false);
  useEffect(() => {
    const onChange = () => {
      setIsFull(document.fullscreenElement !== null && document.fullscreenElement === root);
    };
    document.addEventListener("fullscreenchange", onChange);
    return () => {
      document.removeEventListener("fullscreenchange", onChange);
    };
  }, [root]);
  return isFull;
}
