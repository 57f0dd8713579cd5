/** Waveform peaks as audiowaveform writes them (JSON, version 2), read into one array per channel. */

export interface Peaks {
  /** How much time one pair of peaks stands for. */
  readonly msPerPeak: number;
  /** Loudness 0 … 1 per pair, one array per channel. */
  readonly channels: readonly Float32Array[];
}

interface RawPeaks {
  readonly version?: unknown;
  readonly channels?: unknown;
  readonly sample_rate?: unknown;
  readonly samples_per_pixel?: unknown;
  readonly bits?: unknown;
  readonly data?: unknown;
}

export function readPeaks(body: unknown): Peaks {
  const raw = (typeof body === "object" && body !== null ? body : {}) as RawPeaks;
  const channels = raw.channels ?? 1;
  const { sample_rate: rate, samples_per_pixel: spacing, data } = raw;
  const valid =
    typeof channels === "number" && channels > 0 && typeof rate === "number" && rate > 0 && typeof spacing === "number";
  if (!valid || !Array.isArray(data)) throw new TypeError("These are no waveform peaks.");
  const full = raw.bits === 16 ? 32_768 : 128;
  const count = Math.floor(data.length / (2 * channels));
  return {
    msPerPeak: (1000 * spacing) / rate,
    channels: Array.from({ length: channels }, (_, channel) =>
      Float32Array.from({ length: count }, (_unused, index) => {
        const at = 2 * (index * channels + channel);
        return Math.min(1, Math.max(Math.abs(Number(data[at])), Math.abs(Number(data[at + 1]))) / full);
      }),
    ),
  };
}

/** The loudest peak in each of `columns` equal parts of [fromMs, toMs), audio time. Outside the audio it is 0. */
export function columnsOf(peaks: Peaks, channel: number, fromMs: number, toMs: number, columns: number): Float32Array {
  const values = peaks.channels[channel];
  const out = new Float32Array(columns);
  if (!values) return out;
  const perColumn = (toMs - fromMs) / columns / peaks.msPerPeak;
  for (let column = 0; column < columns; column++) {
    const from = Math.max(0, Math.floor(fromMs / peaks.msPerPeak + column * perColumn));
    const to = Math.min(values.length, Math.ceil(fromMs / peaks.msPerPeak + (column + 1) * perColumn));
    let loudest = 0;
    for (let index = from; index < to; index++) loudest = Math.max(loudest, values[index] as number);
    out[column] = loudest;
  }
  return out;
}

/** Round distances for an axis: at most `most` ticks over a duration. */
export function axisStep(durationMs: number, most: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000);
  return steps.find((step) => durationMs / step <= most) ?? 7_200_000;
}
