import { expect, it } from "vitest";

import { tileAt } from "./tiles";

const sheet = (id: string, from: number, until: number | null) => ({
  id,
  width: 160,
  height: 90,
  tiles: [
    { at: from, until: from + 100, uri: `${id}/1` },
    { at: from + 100, until, uri: `${id}/2` },
  ],
});

it("shows the screen that was there, not the one where one stands", () => {
  const sheets = [sheet("first", 0, 200), sheet("second", 150, null)];
  const at = (wallMs: number, preferred: string | null) => tileAt(sheets, wallMs, preferred)?.tile.uri ?? null;
  expect([at(50, "second"), at(160, "second"), at(160, "first"), at(900, "first")]).toEqual(["first/1", "second/1", "first/2", "second/2"]);
  expect([at(-1, null), tileAt([sheet("only", 0, 200)], 300, null)]).toEqual([null, null]);
});
