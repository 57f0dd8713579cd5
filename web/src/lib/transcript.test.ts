import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { PlacedSegment } from "./transcript";
import { coloursOf, findText, lastBegun, piecesOf, placeTranscript } from "./transcript";

const START = 1_790_000_000_000;

const word = (text: string, start_ms: number) => ({ text, start_ms, end_ms: start_ms + 100, confidence: null });
const said = (text: string, start_ms: number, speaker: string | null = null) => ({ start_ms, end_ms: start_ms + 900, speaker, text, words: [] });

function placed(text: string, words: readonly string[] = []): PlacedSegment {
  return { startMs: 0, endMs: 1, speaker: null, text, words: words.map((one, index) => ({ text: one, startMs: index, endMs: index + 1 })) };
}

describe("a transcript", () => {
  it("is placed where the call's audio is, in order, without empty parts", () => {
    const segments = placeTranscript(
      {
        starts_at: START + 500,
        segments: [said("Good bye", 9000, "agent"), { ...said("", 1000), words: [word("Hello", 1000), word("you", 1200)] }, said("  ", 2000)],
      },
      START,
    );
    expect(segments.map(({ startMs, text }) => [startMs, text])).toEqual([
      [1500, "Hello you"],
      [9500, "Good bye"],
    ]);
    expect(segments[0]?.words[1]).toEqual({ text: "you", startMs: 1700, endMs: 1800 });
    expect([...coloursOf(segments, [])]).toEqual([["agent", 0]]);
  });

  it("gives speakers the colours of their channels, and everybody another", () => {
    const name = fc.constantFrom("A", "B", "C", "D");
    const voices = fc.uniqueArray(name, { minLength: 2, maxLength: 2 }).chain((two) => fc.constantFrom<string[][]>([], [[], []], two.map((one) => [one]), [[], two]));
    fc.assert(
      fc.property(fc.array(fc.option(name)), voices, (speakers, channels) => {
        const colours = coloursOf(speakers.map((speaker) => ({ ...placed("x"), speaker })), channels);
        for (const [channel, [speaker]] of channels.entries()) if (speaker !== undefined) expect(colours.get(speaker)).toBe(channel);
        for (const speaker of speakers) if (speaker !== null) expect(colours.has(speaker)).toBe(true);
        expect(new Set(colours.values()).size).toBe(colours.size);
      }),
    );
  });

  it("knows what began last", () => {
    const ascending = fc.array(fc.nat(10_000), { maxLength: 50 }).map((all) => all.sort((a, b) => a - b).map((startMs) => ({ startMs })));
    fc.assert(
      fc.property(ascending, fc.integer({ min: -10, max: 10_010 }), (parts, ms) => {
        expect(lastBegun(parts, ms)).toBe(parts.filter((part) => part.startMs <= ms).length - 1);
      }),
    );
  });

  it("is searched without regard to case, from place to place", () => {
    const segments = [placed("Refund? A refund!"), placed("none"), placed("No REFUND")];
    expect(findText(segments, " refund ")).toEqual([
      { segment: 0, from: 0, to: 6 },
      { segment: 0, from: 10, to: 16 },
      { segment: 2, from: 3, to: 9 },
    ]);
    expect(findText(segments, "  ")).toEqual([]);
    expect(findText(segments, "refund", 1)).toHaveLength(1);
    // "İ" is longer in lower case: what comes after it is still found where it stands
    expect(findText([placed("İstanbul Refund")], "refund")).toEqual([{ segment: 0, from: 9, to: 15 }]);
  });

  it("is cut at words and at what was found, and nothing is lost", () => {
    expect(piecesOf(placed("I want it", ["I", "want", "it"]), [{ from: 4, to: 8, index: 3 }])).toEqual([
      { text: "I", word: 0, found: null },
      { text: " ", word: null, found: null },
      { text: "wa", word: 1, found: null },
      { text: "nt", word: 1, found: 3 },
      { text: " ", word: null, found: 3 },
      { text: "i", word: 2, found: 3 },
      { text: "t", word: 2, found: null },
    ]);
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ minLength: 1, maxLength: 3 })), fc.string({ minLength: 1, maxLength: 2 }), (text, words, wanted) => {
        const segment = placed(text, words);
        const places = findText([segment], wanted).map((place, index) => ({ ...place, index }));
        const pieces = piecesOf(segment, places);
        expect(pieces.map((piece) => piece.text).join("")).toBe(text);
        for (const { from, to, index } of places) {
          expect(pieces.filter((piece) => piece.found === index).map((piece) => piece.text).join("")).toBe(text.slice(from, to));
        }
      }),
    );
  });
});
