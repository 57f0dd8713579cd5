import { describe, expect, it } from "vitest";

import { safeNext } from "./next";

describe("safeNext", () => {
  it("stays on this site", () => {
    expect(safeNext("/activities/x?at=5")).toBe("/activities/x?at=5");
    for (const bad of [null, "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/sign-in"])
      expect(safeNext(bad)).toBe("/activities");
  });
});
