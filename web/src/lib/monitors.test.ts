import { expect, it } from "vitest";

import { monitorsOf } from "./monitors";

it("lists each monitor that was in the picture once, with its last size", () => {
  const shown = (at: number, name: string, width: number) => ({ at, kind: "monitor", detail: { name, x: 0, y: 0, width, height: 1080, cause: "pointer" } });
  const marks = [shown(1, "DP-1", 1920), { at: 2, kind: "monitors", detail: { monitors: 2, what: "added" } }, shown(3, "DP-2", 1280), shown(4, "DP-1", 2560)];
  expect(monitorsOf([...marks, { at: 5, kind: "monitor", detail: { name: "odd" } }])).toEqual([
    { name: "DP-1", width: 2560, height: 1080 },
    { name: "DP-2", width: 1280, height: 1080 },
  ]);
  expect(monitorsOf([])).toEqual([]);
});
