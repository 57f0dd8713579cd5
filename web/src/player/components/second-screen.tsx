/** The picture without sound, that keeps with another tab's player; by itself while there is none. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import type { InteractionDetails } from "../../api/client";
import { randomName } from "../../lib/random-name";
import { timelineOf } from "../../lib/timeline-of";
import { BroadcastPeers, channelName } from "../drivers/broadcast";
import type { Company } from "../engine/peers/follower";
import { Follower } from "../engine/peers/follower";
import type { Order } from "../engine/peers/messages";
import type { PlayerEngine } from "../engine/player";
import { step } from "../engine/skip";
import { momentOf } from "../lib/moment-link";
import { WHOLE } from "../lib/zoom";
import playerClasses from "./player.module.css";
import { usePlayerParts } from "./player-context";
import { SecondBar } from "./second-bar";
import classes from "./second-screen.module.css";
import { Stage } from "./stage";
import { useLarge } from "./use-large";

interface SecondScreenProps {
  readonly details: InteractionDetails;
  readonly serverNow: number;
  readonly refresh: () => Promise<InteractionDetails>;
}

export default function SecondScreen({ details, serverNow, refresh }: SecondScreenProps) {
  const { t } = useTranslation("player");
  const { engine, ticker } = usePlayerParts();
  const [search] = useSearchParams();
  const [root, setRoot] = useState<HTMLElement | null>(null);
  const [view, setView] = useState(WHOLE);
  const [attempt, setAttempt] = useState(0);
  const [company, setCompany] = useState<Company>("new");
  const follower = useRef<Follower | null>(null);
  const large = useLarge(root);
  const channel = search.get("with");
  // Without sound the virtual clock leads, and that one can be set by the other tab's.
  const timeline = useMemo(() => ({ ...timelineOf(details, serverNow), audio: null }), [details, serverNow]);
  const asked = momentOf(search);

  useEffect(() => {
    engine.load(timeline);
  }, [engine, timeline]);
  useEffect(() => {
    if (asked !== null) engine.seek(asked);
  }, [engine, asked]);
  useEffect(() => {
    const peers = new BroadcastPeers(channelName(details.id, channel ?? ""));
    const made = new Follower(engine, peers, randomName(8), () => performance.now());
    follower.current = made;
    const stop = ticker.onTick(() => {
      made.tick();
      setCompany(made.company);
    });
    return () => {
      stop();
      made.close();
      peers.close();
    };
  }, [engine, ticker, details.id, channel]);
  useEffect(
    () =>
      ticker.onTick(() => {
        if (root && follower.current) report(root, engine, follower.current);
      }),
    [engine, ticker, root],
  );

  const order = useCallback(
    (asked: Order) => {
      follower.current?.order(asked);
    },
    [],
  );
  const move = useCallback(
    (deltaMs: number) => {
      const { screenId, durationMs } = engine.getSnapshot();
      const spans = timeline.screens.find(({ id }) => id === screenId)?.spans ?? [];
      order({ kind: "seek", positionMs: step(spans, engine.positionMs, deltaMs, durationMs) });
    },
    [engine, timeline, order],
  );
  const toggle = useCallback(() => {
    order({ kind: engine.isRunning ? "pause" : "play" });
  }, [engine, order]);
  const renew = useCallback(
    async (id: string) => {
      const url = (await refresh()).screen_recordings.find((recording) => recording.id === id)?.playlist_url;
      if (!url) throw new Error("The media is no longer offered.");
      return url;
    },
    [refresh],
  );
  return (
    <section
      ref={setRoot}
      className={`${playerClasses["player"] ?? ""} ${classes["second"] ?? ""}`}
      data-expanded="true"
      data-testid="second-screen"
      aria-label={t("stage.picture")}
    >
      <Stage
        key={attempt}
        recordings={details.screen_recordings}
        originWallMs={timeline.originWallMs}
        hasAudio={details.has_call_recording}
        renew={renew}
        onRetry={() => {
          setAttempt(attempt + 1);
        }}
        view={view}
        setView={setView}
        isLarge
        onToggle={toggle}
      />
      <SecondBar company={company} order={order} move={move} toggle={toggle} large={large} />
    </section>
  );
}

/** For tests and extensions, as the player has it. */
function report(root: HTMLElement, engine: PlayerEngine, follower: Follower): void {
  root.dataset["state"] = engine.getSnapshot().state;
  root.dataset["positionMs"] = engine.positionMs.toFixed(0);
  root.dataset["wallMs"] = engine.wallMs.toFixed(3);
  root.dataset["company"] = follower.company;
  root.dataset["apartMs"] = follower.apartMs?.toFixed(2) ?? "";
}
