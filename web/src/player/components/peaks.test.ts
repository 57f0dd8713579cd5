import { describe, expect, it } from "vitest";

import { axisStep, columnsOf, readPeaks } from "./peaks";

const stereo = { version: 2, channels: 2, sample_rate: 8000, samples_per_pixel: 80, bits: 8, length: 2, data: [-64, 32, 0, 0, -1, 1, -128, 127] };

describe("peaks", () => {
  it("takes channels apart", () => {
    const peaks = readPeaks(stereo);
    expect(peaks.msPerPeak).toBe(10);
    expect(peaks.channels.map((channel) => [...channel])).toEqual([[0.5, 1 / 128], [0, 1]]);
  });

  it("refuses what is not peaks", () => {
    expect(() => readPeaks({ data: "no" })).toThrow(TypeError);
    expect(() => readPeaks(null)).toThrow(TypeError);
  });

  it("is silent outside the audio and keeps the loudest inside", () => {
    const peaks = readPeaks(stereo);
    expect([...columnsOf(peaks, 0, -20, 20, 4)]).toEqual([0, 0, 0.5, 1 / 128]);
    expect([...columnsOf(peaks, 1, 0, 20, 1)]).toEqual([1]);
    expect([...columnsOf(peaks, 5, 0, 20, 2)]).toEqual([0, 0]);
  });
});

describe("axisStep", () => {
  it("keeps ticks apart", () => {
    expect(axisStep(60_000, 12)).toBe(5000);
    expect(axisStep(3_600_000, 12)).toBe(300_000);
    expect(axisStep(200_000_000, 10)).toBe(7_200_000);
  });
});
