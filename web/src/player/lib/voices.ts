/**
 * Who is heard on which of two channels of call audio: nobody writes it down, but where a transcript says who speaks
 * when, that person's channel is the louder one. Pure.
 */

interface Said {
  readonly startMs: number;
  readonly endMs: number;
  readonly speaker: string | null;
}

interface Sound {
  readonly msPerPeak: number;
  /** Loudness 0 … 1. */
  readonly channels: readonly Float32Array[];
}

/** So much more energy has a person's own channel at least; what crosses over from the other side is far below. */
const CLEAR = 4;

/** The speakers of each channel, who speaks longest first; without two channels, none. `startMs`: where the audio begins. */
export function voicesOf({ channels, msPerPeak }: Sound, startMs: number, said: readonly Said[]): readonly (readonly string[])[] {
  const [left, right] = channels;
  if (channels.length !== 2 || left === undefined || right === undefined) return [];
  const heard = new Map<string, { left: number; right: number; ms: number }>();
  for (const { speaker, ...at } of said) {
    if (speaker === null) continue;
    const sum = heard.get(speaker) ?? { left: 0, right: 0, ms: 0 };
    const from = Math.max(0, Math.floor((at.startMs - startMs) / msPerPeak));
    const to = Math.ceil((at.endMs - startMs) / msPerPeak);
    heard.set(speaker, {
      left: sum.left + energyOf(left, from, to),
      right: sum.right + energyOf(right, from, to),
      ms: sum.ms + at.endMs - at.startMs,
    });
  }
  const speakers = [...heard].sort(([, a], [, b]) => b.ms - a.ms);
  const louder = (one: "left" | "right", other: "left" | "right") =>
    speakers.filter(([, sum]) => sum[one] > CLEAR * sum[other]).map(([speaker]) => speaker);
  return [louder("left", "right"), louder("right", "left")];
}

function energyOf(channel: Float32Array, from: number, to: number): number {
  return channel.subarray(from, Math.max(from, to)).reduce((sum, value) => sum + value * value, 0);
}
