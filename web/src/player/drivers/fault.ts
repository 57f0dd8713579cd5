/** From what hls.js reports to a fault that someone can read: the server's own words where it sent any. */

import type { ErrorData } from "hls.js";
import i18next from "i18next";

import { readProblem } from "../../api/problem";
import type { MediaFault } from "../engine/driver";

const GONE = new Set([404, 410]);
/** A finished recording whose playlist lists nothing has lost its media. */
const EMPTY: ReadonlySet<string> = new Set(["manifestParsingError", "levelEmptyError"]);

/** The server says that there is no such thing; in a recording that is finished there never will be. */
export function isGone({ response }: Pick<ErrorData, "response">): boolean {
  return response?.code !== undefined && GONE.has(response.code);
}

export function faultOf(data: Pick<ErrorData, "details" | "response" | "networkDetails">): MediaFault {
  const status = data.response?.code;
  const problem = readProblem(bodyOf(data.networkDetails));
  if (EMPTY.has(data.details) || isGone(data)) {
    const code = problem?.code ?? data.details;
    return { code, message: i18next.t("player:fault.gone"), hint: i18next.t("player:fault.goneHint") };
  }
  if (problem) return { code: problem.code, message: problem.title, hint: problem.hint };
  if (status) return { code: data.details, message: i18next.t("player:fault.status", { status }), hint: null };
  return { code: data.details, message: i18next.t("player:fault.media"), hint: i18next.t("player:fault.mediaHint") };
}

/** Firefox plays no sound into nothing: without a loudspeaker the element fails. Chromium plays on. */
export function silenceOf(error: Pick<MediaError, "message"> | null): MediaFault | null {
  if (error === null || !/MediaSink|CUBEB/.test(error.message)) return null;
  return { code: "no_sound_output", message: i18next.t("player:fault.silence"), hint: i18next.t("player:fault.silenceHint") };
}

/** hls.js asks for bytes or text; the error document is one or the other. */
function bodyOf(networkDetails: unknown): unknown {
  if (!(networkDetails instanceof XMLHttpRequest)) return null;
  try {
    const { response } = networkDetails as { response: unknown };
    const text = response instanceof ArrayBuffer ? new TextDecoder().decode(response) : response;
    return typeof text === "string" ? JSON.parse(text) : null;
  } catch {
    return null; // not JSON: nothing of ours
  }
}
