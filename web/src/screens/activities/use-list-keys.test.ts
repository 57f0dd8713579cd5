import { expect, it } from "vitest";

import { nextOf } from "./use-list-keys";

it("goes from row to row and stays in the list", () => {
  expect(["j", "k", "ArrowDown", "ArrowUp", "Home", "End"].map((key) => nextOf(key, 5, 9))).toEqual([6, 4, 6, 4, 0, 8]);
  expect([nextOf("j", 8, 9), nextOf("k", 0, 9), nextOf("PageDown", 0, 9), nextOf("j", -1, 9)]).toEqual([8, 0, 8, 0]);
  expect(nextOf("x", 3, 9)).toBeNull();
});
