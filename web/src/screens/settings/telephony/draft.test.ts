import fc from "fast-check";
import { expect, test } from "vitest";

import { NEW_SOURCE, agentLines, changeBody, faultsOf, newBody, readAgentLines } from "./draft";

const word = fc.stringMatching(/^[A-Za-z0-9/@.-]{1,12}$/);

test("agents go through the text unchanged", () => {
  fc.assert(
    fc.property(fc.dictionary(word, word), (agents) => {
      expect(readAgentLines(agentLines(agents))).toEqual({ agents, faults: [] });
    }),
  );
});

test("an equals sign in an interface belongs to it", () => {
  expect(readAgentLines("Local/1@a;x=2 = 1001\n\nnonsense\n= 7").agents).toEqual({ "Local/1@a;x=2": "1001" });
  expect(readAgentLines("Local/1@a;x=2 = 1001\n\nnonsense\n= 7").faults).toEqual([3, 4]);
});

test("what a source needs depends on its kind", () => {
  expect([...faultsOf({ ...NEW_SOURCE, name: "pbx" }, true)]).toEqual([]);
  expect([...faultsOf({ ...NEW_SOURCE, name: "/", kind: "asterisk" }, true)]).toEqual(["name", "host", "username", "secret"]);
  const asterisk = { ...NEW_SOURCE, name: "pbx", kind: "asterisk", host: "pbx", username: "deskreel" } as const;
  expect([...faultsOf(asterisk, false)]).toEqual([]);
});

test("an empty secret is not sent with a change", () => {
  const asterisk = { ...NEW_SOURCE, name: "pbx", kind: "asterisk", host: " pbx ", username: "deskreel" } as const;
  expect(changeBody(asterisk)).not.toHaveProperty("secret");
  expect(changeBody({ ...asterisk, secret: "x" }).secret).toBe("x");
  expect(newBody({ ...NEW_SOURCE, name: " pbx ", silence: 60 })).toEqual({
    name: "pbx",
    kind: "call_events",
    call_events: { on_unknown_pause: null, silence_s: 60 },
  });
  expect(changeBody({ ...asterisk, unknownPause: "record" }).asterisk?.on_unknown_pause).toBe("record");
  expect(changeBody(asterisk).asterisk).toMatchObject({ host: "pbx", tls_ca: null, monitor_dir: null });
});
