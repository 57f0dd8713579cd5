import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";

import { live as german } from "../../i18n/de/live";
import { live as english } from "../../i18n/en/live";
import type { Obstacle, RecorderReport } from "../../live/lease";
import type { Texts } from "./texts";
import { obstacleTexts } from "./words";

let en: Texts;
let de: Texts;
beforeAll(async () => {
  await i18next.init({
    lng: "en",
    ns: ["live"],
    defaultNS: "live",
    resources: { en: { live: english }, de: { live: german } },
    interpolation: { escapeValue: false },
  });
  en = i18next.getFixedT("en", "live") as unknown as Texts;
  de = i18next.getFixedT("de", "live") as unknown as Texts;
});

function off(...obstacles: Obstacle[]): RecorderReport {
  return { state: "off", rung: "https", why: "as a sentence", obstacles };
}

describe("what is in the recorder's way", () => {
  it("is said in the reader's words, the recorder's own beside them", () => {
    const direct: Obstacle = { code: "no_answer", rung: "direct", text: "no answer within 3 s" };
    const turn: Obstacle = { code: "turn_untrusted", rung: "turn-tls", text: "self-signed certificate" };
    expect(obstacleTexts(off(direct, turn), en)).toEqual([
      { text: "Direct: no answer in time", title: "no answer within 3 s" },
      { text: "Relayed over TURN/TLS: the certificate of the TURN server is not trusted", title: "self-signed certificate" },
    ]);
    expect(obstacleTexts(off(direct, direct), de).map(({ text }) => text)).toEqual(["Direkt: keine rechtzeitige Antwort"]);
    const full: Obstacle = { code: "recording_first", text: "no live view: machine CPU 91 %, limit 80 %" };
    expect(obstacleTexts(off(full), de)[0]?.text).toBe("Desktop oder Netz reichen gerade nur für die Aufnahme");
  });

  it("stays as an older or a newer recorder puts it", () => {
    const older: RecorderReport = { state: "off", why: "direct: blocked" };
    expect(obstacleTexts(older, de)).toEqual([{ text: "direct: blocked", title: "direct: blocked" }]);
    expect(obstacleTexts(off({ code: "other", rung: "direct", text: "the moon" }), de)[0]?.text).toBe("Direkt: the moon");
  });

  it("may be nothing", () => {
    expect(obstacleTexts({ state: "live", why: "", obstacles: [] }, en)).toEqual([]);
    expect(obstacleTexts(null, en)).toEqual([]);
  });

  it("has words for every code that the server knows, in each language", async () => {
    const { readFileSync } = await import("node:fs");
    const openapi = JSON.parse(readFileSync(new URL("../../../openapi.json", import.meta.url), "utf8")) as {
      components: { schemas: { ObstacleCode: { enum: readonly string[] } } };
    };
    const codes = openapi.components.schemas.ObstacleCode.enum.filter((code) => code !== "other");
    expect(codes.length).toBeGreaterThan(10);
    for (const texts of [english.obstacle, german.obstacle]) expect(Object.keys(texts).filter((key) => key !== "on").sort()).toEqual([...codes].sort());
  });
});
