/** A call in progress on the wall. Its picture is renewed while it is in sight, and not shown while the call is paused. */

import { memo, useEffect, useRef, useState } from "react";
import { Link } from "react-router";

import { Coverage } from "../../components/coverage";
import { State } from "../../components/state";
import { formatCode, formatLength } from "../../lib/format";
import { Since } from "./since";
import type { LiveCall } from "./queries";
import { useTexts } from "./texts";
import classes from "./wall.module.css";

interface CallCardProps {
  readonly call: LiveCall;
  readonly clockMs: number;
}

/** On a card less is not worth a line; the call's own page has it. */
const WORTH_MS = 1000;

export const LEVELS = { recording: "good", paused: "off", acw: "waiting" } as const;

export const CallCard = memo(function CallCard({ call, clockMs }: CallCardProps) {
  const t = useTexts();
  const { agent, team, queue, state, missing, watchers } = call;
  const said = missing.filter(({ ms }) => ms >= WORTH_MS).map(({ reason, ms }) => t("card.missing", { reason: formatCode(reason), length: formatLength(ms) }));
  const name = <h2>{agent.name}</h2>;
  return (
    <li className={classes["card"]} data-testid="live-call" data-state={state}>
      <Thumbnail url={call.picture?.url ?? null} isPaused={state === "paused"} />
      <div className={classes["text"]}>
        {call.may_watch ? (
          <Link className={classes["link"]} to={`/live/${call.screen_recording_id}`}>
            {name}
          </Link>
        ) : (
          name
        )}
        <span className={classes["where"]}>{[team?.name, queue].filter(Boolean).join(" · ") || "–"}</span>
        <span className={classes["line"]}>
          <State level={LEVELS[state]}>{t(`states.${state}`)}</State>
          <span className="tabular" title={t("card.duration")}>
            <Since wallMs={call.started_at} clockMs={clockMs} />
          </span>
        </span>
        <span className={classes["line"]}>
          <span title={t("card.coverage")}>
            <span className="visually-hidden">{t("card.coverage")}</span>
            <Coverage share={call.coverage} />
          </span>
          {watchers > 0 && <span className={classes["watchers"]}>{t("card.watchers", { count: watchers })}</span>}
        </span>
        {!call.recorder_online && said.length === 0 && <span className={classes["bad"]}>{t("card.offline")}</span>}
        {said.length > 0 && (
          <span className={classes["bad"]} title={said.join(", ")}>
            {said.join(", ")}
          </span>
        )}
        {!call.may_watch && <span className={classes["where"]}>{t("card.off")}</span>}
      </div>
    </li>
  );
});

function Thumbnail({ url, isPaused }: { readonly url: string | null; readonly isPaused: boolean }) {
  const t = useTexts();
  const box = useRef<HTMLDivElement>(null);
  const [inSight, setInSight] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  useEffect(() => {
    if (!box.current) return;
    const observer = new IntersectionObserver((seen) => {
      setInSight(seen.at(-1)?.isIntersecting === true);
    }, { rootMargin: "200px" });
    observer.observe(box.current);
    return () => {
      observer.disconnect();
    };
  }, []);
  useEffect(() => {
    if (!inSight || url === null || isPaused) return;
    // Read first, then put in the old one's place: a picture that fails or is late leaves no hole.
    const picture = new Image();
    picture.onload = () => {
      setShown(url);
    };
    picture.src = url;
    return () => {
      picture.onload = null;
    };
  }, [url, inSight, isPaused]);
  return (
    <div ref={box} className={classes["picture"]}>
      {isPaused ? <span>{t("card.paused")}</span> : shown === null || url === null ? <span>{t("card.noPicture")}</span> : <img src={shown} alt="" />}
    </div>
  );
}
