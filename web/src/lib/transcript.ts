/**
 * A transcript on the presentation timeline: what is said at a moment, and where a text is said. Pure.
 *
 * Segments come in the order of their begin; they may overlap, for people talk at the same time.
 */

import type { Transcript } from "../api/client";

export interface PlacedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface PlacedSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly speaker: string | null;
  readonly text: string;
  /** Empty when the recogniser gave no words. */
  readonly words: readonly PlacedWord[];
}

/** What was said, in ms since the interaction began. */
export function placeTranscript(transcript: Pick<Transcript, "starts_at" | "segments">, originWallMs: number): readonly PlacedSegment[] {
  const by = transcript.starts_at - originWallMs;
  return transcript.segments
    .map(({ start_ms, end_ms, speaker = null, text, words = [] }) => ({
      startMs: start_ms + by,
      endMs: Math.max(start_ms, end_ms) + by,
      speaker,
      text: text === "" || text === undefined ? words.map((word) => word.text).join(" ") : text,
      words: words.map((word) => ({ text: word.text, startMs: word.start_ms + by, endMs: Math.max(word.start_ms, word.end_ms) + by })),
    }))
    .filter((segment) => segment.text.trim() !== "")
    .sort((a, b) => a.startMs - b.startMs);
}

/** Index of what begins last at or before a moment, -1 before the first. */
export function lastBegun(parts: readonly { readonly startMs: number }[], ms: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((parts[middle] as { startMs: number }).startMs <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The colour of each speaker: that of the channel that is theirs, as far as that is known, then in the order of appearance. */
export function coloursOf(segments: readonly PlacedSegment[], voices: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const colours = new Map(voices.flatMap(([speaker], channel) => (speaker === undefined ? [] : [[speaker, channel] as const])));
  for (const { speaker } of segments) {
    if (speaker === null || colours.has(speaker)) continue;
    const taken = new Set(colours.values());
    let free = 0;
    while (taken.has(free)) free += 1;
    colours.set(speaker, free);
  }
  return colours;
}

/** A place where a text stands: characters [from, to) of a segment's text. */
export interface Found {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
}

/** Where a text is said, upper and lower case alike; never longer than `most`. */
export function findText(segments: readonly PlacedSegment[], text: string, most = 1000): readonly Found[] {
  const wanted = fold(text.trim());
  if (wanted === "") return [];
  const found: Found[] = [];
  for (const [segment, { text: said }] of segments.entries()) {
    const folded = fold(said);
    for (let from = folded.indexOf(wanted); from >= 0; from = folded.indexOf(wanted, from + wanted.length)) {
      found.push({ segment, from, to: from + wanted.length });
      if (found.length === most) return found;
    }
  }
  return found;
}

/** Lower case that keeps each character's place: what becomes longer or shorter stays as it is. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from({ length: text.length }, (_, at) => {
    const one = text.charAt(at).toLowerCase();
    return one.length === 1 ? one : text.charAt(at);
  }).join("");
}

/** A piece of a segment's text: a word with its time or what stands between words, each with what is marked of it. */
export interface Piece {
  readonly text: string;
  /** Index of the word, null between words. */
  readonly word: number | null;
  /** Index of the place found, null outside of them. */
  readonly found: number | null;
}

/** The text of a segment cut where words and found places begin and end; joined it is the text. */
export function piecesOf(segment: PlacedSegment, places: readonly { readonly from: number; readonly to: number; readonly index: number }[]): readonly Piece[] {
  const wordAt = wordPlaces(segment);
  const cuts = new Set([0, segment.text.length]);
  for (const { from, to } of [...wordAt, ...places]) cuts.add(from).add(to);
  const edges = [...cuts].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const from = edges[i] as number;
    const to = edges[i + 1] as number;
    const inside = (place: { from: number; to: number }) => place.from <= from && to <= place.to;
    pieces.push({
      text: segment.text.slice(from, to),
      word: wordAt.find(inside)?.word ?? null,
      found: places.find(inside)?.index ?? null,
    });
  }
  return pieces;
}

/** Where each word stands in the text; words that are not in it, in their order, have no place. */
function wordPlaces({ text, words }: PlacedSegment): { from: number; to: number; word: number }[] {
  const places: { from: number; to: number; word: number }[] = [];
  let after = 0;
  for (const [word, { text: said }] of words.entries()) {
    const from = text.indexOf(said, after);
    if (from < 0) continue;
    after = from + said.length;
    places.push({ from, to: after, word });
  }
  return places;
}
