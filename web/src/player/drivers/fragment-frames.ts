/**
 * The frames of an fMP4 segment: when each begins and how many bytes it has, from its moof boxes. No picture is
 * decoded for it. Our segments count time in milliseconds (docs/design/time.md).
 */

import type { CodedFrame } from "../engine/picture-frames";

const MOOF = "moof";
const NON_SYNC = 0x10000; // sample_is_non_sync_sample

interface Box {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

interface Defaults {
  readonly durationMs: number;
  readonly bytes: number;
  readonly flags: number;
}

/** In the order of presentation, counted from the first. What is no fMP4 gives none. */
export function framesOf(data: ArrayBuffer): CodedFrame[] {
  const view = new DataView(data);
  try {
    const trafs = boxes(view, 0, data.byteLength)
      .filter(({ kind }) => kind === MOOF)
      .flatMap(({ from, to }) => boxes(view, from, to).filter(({ kind }) => kind === "traf"));
    const frames = trafs.flatMap(({ from, to }) => trafFrames(view, boxes(view, from, to)));
    const first = Math.min(...frames.map(({ offsetMs }) => offsetMs));
    return frames
      .map((frame) => ({ ...frame, offsetMs: frame.offsetMs - first }))
      .sort((a, b) => a.offsetMs - b.offsetMs);
  } catch (error) {
    if (error instanceof RangeError) return []; // cut short, or something else
    throw error;
  }
}

function boxes(view: DataView, from: number, to: number): Box[] {
  const found: Box[] = [];
  for (let at = from; at + 8 <= to; ) {
    const small = view.getUint32(at);
    const size = small === 1 ? Number(view.getBigUint64(at + 8)) : small === 0 ? to - at : small;
    if (size < 8) break;
    const kind = String.fromCharCode(...[4, 5, 6, 7].map((offset) => view.getUint8(at + offset)));
    found.push({ kind, from: at + (small === 1 ? 16 : 8), to: Math.min(to, at + size) });
    at += size;
  }
  return found;
}

function trafFrames(view: DataView, parts: readonly Box[]): CodedFrame[] {
  const tfhd = parts.find(({ kind }) => kind === "tfhd");
  const tfdt = parts.find(({ kind }) => kind === "tfdt");
  if (!tfhd || !tfdt) return [];
  const defaults = readDefaults(view, tfhd.from);
  let at = view.getUint8(tfdt.from) === 1 ? Number(view.getBigUint64(tfdt.from + 4)) : view.getUint32(tfdt.from + 4);
  const frames: CodedFrame[] = [];
  for (const trun of parts.filter(({ kind }) => kind === "trun")) {
    for (const sample of readRun(view, trun.from, defaults)) {
      frames.push({ offsetMs: at + sample.shiftMs, bytes: sample.bytes, key: (sample.flags & NON_SYNC) === 0 });
      at += sample.durationMs;
    }
  }
  return frames;
}

function readDefaults(view: DataView, from: number): Defaults {
  const flags = view.getUint32(from) & 0xffffff;
  let at = from + 8; // version, flags, track
  const next = (bit: number, size: number): number => {
    if ((flags & bit) === 0) return 0;
    at += size;
    return size === 8 ? 0 : view.getUint32(at - 4);
  };
  next(0x1, 8);
  next(0x2, 4);
  const durationMs = next(0x8, 4);
  const bytes = next(0x10, 4);
  return { durationMs, bytes, flags: next(0x20, 4) };
}

function readRun(view: DataView, from: number, defaults: Defaults): { durationMs: number; bytes: number; flags: number; shiftMs: number }[] {
  const flags = view.getUint32(from) & 0xffffff;
  const count = view.getUint32(from + 4);
  let at = from + 8;
  const read = (bit: number, otherwise: number): number => {
    if ((flags & bit) === 0) return otherwise;
    at += 4;
    return view.getUint32(at - 4);
  };
  read(0x1, 0); // where the data lies
  const firstFlags = read(0x4, defaults.flags);
  return Array.from({ length: count }, (_, index) => ({
    durationMs: read(0x100, defaults.durationMs),
    bytes: read(0x200, defaults.bytes),
    flags: read(0x400, index === 0 ? firstFlags : defaults.flags),
    shiftMs: read(0x800, 0) | 0, // signed
  }));
}
