/** Where the picture comes from and why not over a better way, in the words that they are given. Pure. */

import { problemOf } from "../../api/problem";
import type { LiveSnapshot } from "../../live/engine";
import type { RecorderReport } from "../../live/lease";
import type { Rung } from "../../live/rung";
import type { LiveView } from "./queries";
import type { Texts } from "./texts";

export function rungText(rung: Rung | null | undefined, t: Texts): string {
  return t(`rung.${rung ?? "none"}`);
}

export interface Said {
  readonly text: string;
  /** As the recorder puts it. */
  readonly title: string;
}

/** What is in the recorder's way. Where it gives no code, or one that is not known here, its own words stay. */
export function obstacleTexts(recorder: RecorderReport | null, t: Texts): readonly Said[] {
  const { why = "", obstacles = [] } = recorder ?? {};
  if (obstacles.length === 0) return why === "" ? [] : [{ text: why, title: why }];
  const said = obstacles.map(({ code, text, rung }): Said => {
    const what = code === "other" ? text : t(`obstacle.${code}`);
    return { text: rung ? t("obstacle.on", { rung: rungText(rung, t), what }) : what, title: text };
  });
  return [...new Map(said.map((one) => [one.text, one])).values()];
}

/** Null where nothing better could be had, or nothing is known yet. */
export function becauseText({ rung, why, fault, view }: LiveSnapshot<LiveView>, t: Texts): string | null {
  if (rung === "turn-udp" || rung === "turn-tcp" || rung === "turn-tls") {
    return t(why === "no-picture" || why === "died" ? `because.${why}` : `because.${rung}`);
  }
  if (rung !== "https" || why === null) return null;
  if (why === "no-path" && view?.turn === null) return t("because.no-path-no-turn");
  if (why === "refused") {
    const { title, detail } = problemOf(fault);
    return t("because.refused", { message: detail || title });
  }
  return t(`because.${why}`);
}
