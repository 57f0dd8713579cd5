/** Where the picture comes from and why not over a better way, in the words that they are given. Pure. */

import { problemOf } from "../../api/problem";
import type { LiveSnapshot } from "../../live/engine";
import type { Rung } from "../../live/rung";
import type { LiveView } from "./queries";
import type { Texts } from "./texts";

export function rungText(rung: Rung | null | undefined, t: Texts): string {
  return t(`rung.${rung ?? "none"}`);
}

/** Null where nothing better could be had, or nothing is known yet. */
export function becauseText({ rung, why, fault, recorder, view }: LiveSnapshot<LiveView>, t: Texts): string | null {
  if (rung === "turn-udp" || rung === "turn-tcp" || rung === "turn-tls") {
    return t(why === "no-picture" || why === "died" ? `because.${why}` : `because.${rung}`);
  }
  if (rung !== "https" || why === null) return null;
  if (why === "no-path" && view?.turn === null) return t("because.no-path-no-turn");
  if (why === "refused") {
    const { title, detail } = problemOf(fault);
    return t("because.refused", { message: detail || title });
  }
  if (why === "recorder") return recorder?.why ? t("because.recorder", { message: recorder.why }) : t("because.recorder-silent");
  return t(`because.${why}`);
}
