import type { coverage as source } from "../../en/settings/coverage";
import type { Shape } from "../../shape";

export const coverage: Shape<typeof source> = {
  coverage: {
    title: "Abdeckung",
    lead: "Wie viel von dem aufgenommen wurde, was aufgenommen werden sollte, und warum der Rest fehlt.",
    range: "Tage",
    days_one: "{{count}} Tag",
    days_other: "{{count}} Tage",
    csv: "CSV",
    none: "In diesen Tagen war nichts aufzunehmen",
    noneText: "Wählen Sie mehr Tage, oder sehen Sie unter Einstellungen nach, wessen Bildschirm aufgenommen wird.",
    nothingMissing: "Nichts fehlt",
    share: "Abdeckung",
    sharePercent: "Abdeckung in %",
    expected: "Sollte sein",
    captured: "Aufgenommen",
    missing: "Fehlt",
    missingMinutes: "Fehlende Minuten",
    parts: "Anrufteile",
    perDay: "Nach Tagen",
    where: "Wo etwas fehlt",
    by: "Gruppieren nach",
    advice: "Was geschah und was zu tun ist",
    noTeam: "Kein Team",
    chart: "Abdeckung an {{count}} Tagen mit Anrufen; die niedrigste ist {{lowest}} %. Die Tabelle nach Tagen hat die Zahlen.",
    groups: { day: "Tag", team: "Team", agent: "Agent", reason: "Grund" },
  },
};
