import { ErrorDetails } from "hls.js";
import { describe, expect, it } from "vitest";

import { isGone } from "./fault";

const answered = (code: number) => ({ details: ErrorDetails.FRAG_LOAD_ERROR, response: { code, text: "", url: "" } });

describe("isGone", () => {
  it("takes only the server's word for it", () => {
    expect([404, 410].map((code) => isGone(answered(code)))).toEqual([true, true]);
    expect([0, 401, 403, 429, 500, 503].some((code) => isGone(answered(code)))).toBe(false);
    expect(isGone({})).toBe(false);
  });
});
