/** Beside the picture: whose call it is and how it stands, and the way that the picture takes. */

import { Coverage } from "../../components/coverage";
import { Fact, FactList } from "../../components/facts";
import { Card } from "../../components/page";
import { State } from "../../components/state";
import { formatCode, formatLength, formatNumber } from "../../lib/format";
import type { LiveSnapshot } from "../../live/engine";
import { LEVELS } from "./call-card";
import classes from "./live.module.css";
import type { LiveCall, LiveView } from "./queries";
import { Since } from "./since";
import { useTexts } from "./texts";
import { becauseText, obstacleTexts, rungText } from "./words";

interface CallFactsProps {
  readonly call: LiveCall | null;
  readonly view: LiveView | null;
  readonly clockMs: number;
  readonly isOver: boolean;
}

export function CallFacts({ call, view, clockMs, isOver }: CallFactsProps) {
  const t = useTexts();
  const state = isOver || view?.state === "ended" ? null : (view?.state ?? call?.state ?? null);
  const region = view?.region ?? call?.region;
  return (
    <Card title={t("page.facts")}>
      <FactList>
        <Fact name={t("fact.agent")}>{call?.agent.name ?? view?.agent.name ?? "–"}</Fact>
        {call && <Fact name={t("fact.team")}>{call.team?.name ?? "–"}</Fact>}
        {call && <Fact name={t("fact.queue")}>{call.queue ?? "–"}</Fact>}
        {state !== null && (
          <Fact name={t("fact.state")}>
            <State level={LEVELS[state]}>{t(`states.${state}`)}</State>
          </Fact>
        )}
        {call && !isOver && (
          <Fact name={t("fact.duration")}>
            <Since wallMs={call.started_at} clockMs={clockMs} />
          </Fact>
        )}
        {call && (
          <Fact name={t("fact.coverage")}>
            <Coverage share={call.coverage} />
          </Fact>
        )}
        {call && call.missing.length > 0 && (
          <Fact name={t("fact.missing")}>
            {call.missing.map(({ reason, ms, advice }) => (
              <div key={reason} title={advice}>
                {t("card.missing", { reason: formatCode(reason), length: formatLength(ms) })}
              </div>
            ))}
          </Fact>
        )}
        {call && call.paused_ms > 0 && <Fact name={t("fact.paused")}>{formatLength(call.paused_ms)}</Fact>}
        {call && !isOver && <Fact name={t("fact.watchers")}>{formatNumber(call.watchers)}</Fact>}
        {view && !isOver && <Fact name={t("fact.notice")}>{t(view.notice ? "fact.told" : "fact.notTold")}</Fact>}
        {region !== undefined && <Fact name={t("fact.region")}>{region}</Fact>}
      </FactList>
    </Card>
  );
}

/** Without taking and encoding the picture, of which nobody here knows. */
function onTheWayMs({ pace, recorder }: LiveSnapshot<LiveView>): number | null {
  const toYouMs = pace?.delayMs ?? null;
  return toYouMs === null ? null : toYouMs + (recorder?.rtt_ms ?? 0) / 2;
}

export function WayFacts({ snapshot, delayMs }: { readonly snapshot: LiveSnapshot<LiveView>; readonly delayMs: number | null }) {
  const t = useTexts();
  const { rung, recorder, pace } = snapshot;
  const because = becauseText(snapshot, t);
  const delay = rung === "https" ? delayMs : onTheWayMs(snapshot);
  return (
    <Card title={t("page.way")}>
      <FactList>
        <Fact name={t("fact.toYou")}>
          <span data-testid="live-rung">{rungText(rung, t)}</span>
          {because !== null && (
            <div className={classes["why"]} data-testid="live-why">
              {because}
            </div>
          )}
        </Fact>
        <Fact name={t("fact.fromRecorder")}>
          {rungText(recorder?.rung, t)}
          {obstacleTexts(recorder, t).map(({ text, title }) => (
            <div key={text} className={classes["why"]} title={title} data-testid="recorder-why">
              {text}
            </div>
          ))}
        </Fact>
        {delay !== null && (
          <Fact name={t("fact.delay")}>
            <span title={t("fact.delayText")} data-testid="live-delay">
              {t("fact.onTheWay", { length: formatLength(delay < 1000 ? Math.ceil(delay / 10) * 10 : delay) })}
            </span>
          </Fact>
        )}
        {pace && (
          <Fact name={t("fact.rate")}>
            {t("fact.rateText", { kbps: formatNumber(pace.kbps), fps: formatNumber(pace.fps, 1) })}
          </Fact>
        )}
      </FactList>
    </Card>
  );
}
