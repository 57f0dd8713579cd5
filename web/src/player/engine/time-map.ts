/**
 * Position ⇄ media time of one screen recording.
 *
 * Element time is packed: pauses and losses leave no hole in it. Wall time has those holes. The truth about both is
 * in the playlist: each fragment carries where it starts in the element and its programme date-time. The map is a
 * list of straight pieces made from fragments and cut to what may be shown, so a paused instant has no media time
 * even where a fragment would reach into it.
 */

import type { Span } from "./timeline";

/** One playlist fragment as the driver reports it. */
export interface MediaFragment {
  readonly mediaStartMs: number;
  readonly durationMs: number;
  /** Wall time of its first picture, from EXT-X-PROGRAM-DATE-TIME. */
  readonly wallStartMs: number;
}

/** Between [startMs, endMs) media time runs straight from mediaStartMs to mediaEndMs. */
interface Piece {
  readonly startMs: number;
  readonly endMs: number;
  readonly mediaStartMs: number;
  readonly mediaEndMs: number;
}

/** Playlists round durations to milliseconds or worse: a step no larger than this is rounding, not a hole. */
const ROUNDING_MS = 20;

export class TimeMap {
  static readonly EMPTY = new TimeMap([], 0);

  private constructor(
    private readonly pieces: readonly Piece[],
    /** Position up to which the playlist has media. */
    readonly edgeMs: number,
  ) {}

  /** Build from the fragments of a playlist and the spans that may be shown. */
  static build(fragments: readonly MediaFragment[], originWallMs: number, visible: readonly Span[]): TimeMap {
    const raw = toPieces(fragments, originWallMs);
    const cut = raw.flatMap((piece) => visible.flatMap((span) => cutTo(piece, span.startMs, span.endMs) ?? []));
    return new TimeMap(cut, raw.at(-1)?.endMs ?? 0);
  }

  get isEmpty(): boolean {
    return this.pieces.length === 0;
  }

  /** Media time shown at a position, null in a hole. */
  toMedia(positionMs: number): number | null {
    const piece = this.last((candidate) => candidate.startMs <= positionMs);
    if (piece === null || positionMs >= piece.endMs) return null;
    return interpolate(positionMs, piece.startMs, piece.endMs, piece.mediaStartMs, piece.mediaEndMs);
  }

  /** Position of a media time, null where the media may not be shown. On a seam the later side answers. */
  toPosition(mediaMs: number): number | null {
    const piece = this.last((candidate) => candidate.mediaStartMs <= mediaMs);
    if (piece === null || mediaMs >= piece.mediaEndMs) return null;
    return interpolate(mediaMs, piece.mediaStartMs, piece.mediaEndMs, piece.startMs, piece.endMs);
  }

  /** Where the picture goes on at or after a position: the place to wait in while in a hole. */
  mediaAtOrAfter(positionMs: number): number | null {
    const here = this.toMedia(positionMs);
    if (here !== null) return here;
    return this.pieces.find((piece) => piece.startMs > positionMs)?.mediaStartMs ?? null;
  }

  private last(matches: (piece: Piece) => boolean): Piece | null {
    let low = 0;
    let high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (matches(this.pieces[middle] as Piece)) low = middle + 1;
      else high = middle;
    }
    return this.pieces[low - 1] ?? null;
  }
}

function toPieces(fragments: readonly MediaFragment[], originWallMs: number): Piece[] {
  const sorted = [...fragments].sort((a, b) => a.mediaStartMs - b.mediaStartMs);
  const pieces: Piece[] = [];
  sorted.forEach((fragment, index) => {
    const startMs = fragment.wallStartMs - originWallMs;
    const mediaStartMs = fragment.mediaStartMs;
    const next = sorted[index + 1];
    let length = fragment.durationMs;
    let mediaLength = fragment.durationMs;
    if (next) {
      const wallStep = next.wallStartMs - fragment.wallStartMs;
      const mediaStep = next.mediaStartMs - fragment.mediaStartMs;
      if (Math.abs(wallStep - mediaStep) <= ROUNDING_MS) {
        length = wallStep; // neighbours: stretch by the rounding so that the seam is exact
        mediaLength = mediaStep;
      } else {
        length = mediaLength = Math.min(mediaStep, wallStep);
      }
    }
    if (length > 0 && mediaLength > 0 && startMs >= (pieces.at(-1)?.endMs ?? -Infinity)) {
      pieces.push({ startMs, endMs: startMs + length, mediaStartMs, mediaEndMs: mediaStartMs + mediaLength });
    }
  });
  return pieces;
}

function cutTo(piece: Piece, fromMs: number, toMs: number): Piece | null {
  const startMs = Math.max(piece.startMs, fromMs);
  const endMs = Math.min(piece.endMs, toMs);
  if (endMs <= startMs) return null;
  const media = (at: number) => interpolate(at, piece.startMs, piece.endMs, piece.mediaStartMs, piece.mediaEndMs);
  return { startMs, endMs, mediaStartMs: media(startMs), mediaEndMs: media(endMs) };
}

function interpolate(value: number, from: number, to: number, outFrom: number, outTo: number): number {
  return outFrom + ((value - from) * (outTo - outFrom)) / (to - from);
}
