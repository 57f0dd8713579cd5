import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { LONGEST_COMMENT, faultOf, withGone } from "./comment";
import { readDraft } from "./draft";

const said = (text: string, until_ms: number | null = null) => ({ text, at_ms: 5000, until_ms });

const listed = fc.uniqueArray(fc.record({ id: fc.constantFrom(..."abcdefgh"), at_ms: fc.nat(9) }), { selector: ({ id }) => id });
const byTime = listed.map((all) => all.sort((a, b) => a.at_ms - b.at_ms));

it("a comment that is deleted while somebody changes it stays where it was", () => {
  fc.assert(
    fc.property(byTime, listed, (there, changing) => {
      const shown = withGone(there, changing);
      expect(shown.filter(({ isGone }) => !isGone).map(({ comment }) => comment)).toEqual(there);
      const ids = new Set([...there, ...changing].map(({ id }) => id));
      expect(shown.map(({ comment }) => comment.id).sort()).toEqual([...ids].sort());
      expect(shown.map(({ comment }) => comment.at_ms)).toEqual(shown.map(({ comment }) => comment.at_ms).sort((a, b) => a - b));
    }),
  );
});

describe("a comment", () => {
  it("is some text, not too much, on a moment or a stretch that goes forward", () => {
    expect(faultOf(said("Good"))).toBeNull();
    expect(faultOf(said("Good", 5001))).toBeNull();
    expect(faultOf(said(" \n "))).toBe("empty");
    expect(faultOf(said("Good", 5000))).toBe("backwards");
    expect(faultOf(said("ä".repeat(LONGEST_COMMENT)))).toBeNull();
    expect(faultOf(said("ä".repeat(LONGEST_COMMENT + 1)))).toBe("long");
    // counted as people and the server count: one picture is one character
    expect(faultOf(said("🎧".repeat(LONGEST_COMMENT)))).toBeNull();
    expect(faultOf(said(`  ${"x".repeat(LONGEST_COMMENT)}  `))).toBeNull();
  });

  it("is kept while it is written, and read back as it was", () => {
    const draft = fc.record({ text: fc.string(), at_ms: fc.nat(), until_ms: fc.option(fc.nat()), once: fc.string() });
    fc.assert(
      fc.property(draft, (one) => {
        expect(readDraft(JSON.stringify(one))).toEqual(one);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (stored) => {
        expect(() => readDraft(stored)).not.toThrow();
      }),
    );
    expect([null, "", "null", "[]", '{"text":1}'].map(readDraft)).toEqual([null, null, null, null, null]);
  });
});
