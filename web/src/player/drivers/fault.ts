/** From what hls.js reports to a fault that someone can read: the server's own words where it sent any. */

import type { ErrorData } from "hls.js";

import { readProblem } from "../../api/problem";
import type { MediaFault } from "../engine/driver";

export function faultOf(data: Pick<ErrorData, "details" | "response" | "networkDetails">): MediaFault {
  const problem = readProblem(bodyOf(data.networkDetails));
  if (problem) return { code: problem.code, message: problem.title, hint: problem.hint };
  const status = data.response?.code;
  if (status) return { code: data.details, message: `The media server answered ${String(status)}.`, hint: null };
  return {
    code: data.details,
    message: "The media could not be loaded.",
    hint: "Check that this computer reaches the gateway of the region, then try again.",
  };
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
