import { afterEach, beforeAll, describe, expect, it } from "vitest";

import i18next from "i18next";

import { common as german } from "../i18n/de/common";
import { common as english } from "../i18n/en/common";
import { formatBytes, formatCode, formatDay, formatDuration, formatLength, formatMoment, formatNumber, formatShare } from "./format";

beforeAll(async () => {
  await i18next.init({
    lng: "en",
    ns: ["common"],
    defaultNS: "common",
    resources: { en: { common: english }, de: { common: german } },
    interpolation: { escapeValue: false },
  });
});
afterEach(() => i18next.changeLanguage("en"));

describe("format", () => {
  it("writes durations as players do", () => {
    expect([0, 999, 75_000, 3_675_999, -5].map(formatDuration)).toEqual(["0:00", "0:00", "1:15", "1:01:15", "0:00"]);
  });

  it("writes lengths in words", () => {
    expect([400, 45_000, 200_000, 180_000, 3_900_000].map(formatLength)).toEqual([
      "400 ms",
      "45 s",
      "3 min 20 s",
      "3 min",
      "1 h 5 min",
    ]);
    expect([999.6, 59_700, 119_700, 3_599_700, 7_199_000].map(formatLength)).toEqual(["1 s", "1 min", "2 min", "1 h", "2 h"]);
  });

  it("never rounds a loss away", () => {
    expect([1, 0.99996, 0.987, 0.5, 0.02, 0].map(formatShare)).toEqual(["100 %", "99.9 %", "98 %", "50 %", "2.0 %", "0.0 %"]);
  });

  it("names days near by", () => {
    const now = new Date(2026, 8, 3, 15, 0).getTime();
    expect(formatMoment(new Date(2026, 8, 3, 14, 3).getTime(), now)).toBe("Today 14:03");
    expect(formatMoment(new Date(2026, 8, 2, 23, 59).getTime(), now)).toBe("Yesterday 23:59");
    expect(formatMoment(new Date(2025, 0, 2, 9, 5).getTime(), now)).toBe("2 Jan 2025 09:05");
  });

  it("makes codes readable and sizes short", () => {
    expect(formatCode("recorder_offline")).toBe("Recorder offline");
    expect(formatCode("call.answered")).toBe("Call answered");
    expect(formatCode("acw.started")).toBe("ACW started");
    expect(formatCode("something.new_acw")).toBe("Something new ACW");
    expect([999, 1500, 2_340_000, 512_000_000].map(formatBytes)).toEqual(["999 B", "1.5 kB", "2.3 MB", "512 MB"]);
  });

  it("follows the language", async () => {
    await i18next.changeLanguage("de");
    const now = new Date(2026, 8, 3, 15, 0).getTime();
    expect(formatMoment(now, now)).toBe("Heute 15:00");
    expect(formatMoment(new Date(2025, 0, 2, 9, 5).getTime(), now)).toBe("2. Jan. 2025 09:05");
    expect(formatDay(now)).toBe("3. September 2026");
    expect(formatShare(0.9996)).toBe("99,9 %");
    expect(formatBytes(1500)).toBe("1,5 kB");
    expect(formatNumber(12_345.6, 1)).toBe("12.345,6");
    expect(formatCode("call.answered")).toBe("Anruf angenommen");
  });
});
