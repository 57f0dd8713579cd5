import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";

import type { Problem } from "../api/problem";
import { server as german } from "./de/server";
import { translated } from "./server-words";

/** Said to recorders, telephonies, gateways and operators only. */
const NOT_IN_PAGES = new Set(
  `access_denied authorization_pending digest_mismatch expired_token invalid_grant slow_down bad_signature bad_token
  enrolment_ended not_enrolled timestamp_out_of_window token_expired token_scope wrong_region chunk_conflict file_grows
  spool_locked bad_audio bad_fragment data_dir_not_writable port_in_use no_display disk_full region_incomplete`.split(/\s+/),
);
const root = new URL("../../../", import.meta.url);
const reference = readFileSync(new URL("docs/reference/errors.md", root), "utf8");
const rows = [...reference.matchAll(/^\| \d+ \| `(\w+)` \|[^|]*\| (.+?) \| (.+?) \| (core|server) \|$/gm)].map(
  ([, code = "", title = "", hint = ""]) => ({ code, title, hint }),
);

function sources(folder: URL): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".py"))
    .map((name) => readFileSync(new URL(name, folder), "utf8"))
    .join("\n");
}

describe("the server's words in German", () => {
  it("has those of every error that a page can show", () => {
    expect(rows.length).toBeGreaterThan(40);
    const missing = rows.filter(({ code, title, hint }) => !NOT_IN_PAGES.has(code) && !(title in german && hint in german));
    expect(missing).toEqual([]);
  });

  it("has none that the server no longer says", () => {
    const said = reference + sources(new URL("src/deskreel/server/", root));
    expect(Object.keys(german).filter((text) => !said.includes(text))).toEqual([]);
  });

  it("leaves what it does not know as it is", () => {
    const problem: Problem = { status: 404, code: "not_found", title: "Not found.", detail: "there is no x", hint: "New.", retryable: false };
    expect(translated(problem, german)).toEqual({ ...problem, title: "Nicht gefunden." });
    expect(translated({ ...problem, hint: null }, {})).toEqual({ ...problem, hint: null });
  });
});
