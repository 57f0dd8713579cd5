/** Die Berichte. */

import type { reports as source } from "../en/reports";
import type { Shape } from "../shape";

export const reports: Shape<typeof source> = {
  title: "Berichte",
  lead: "Veröffentlichte Bewertungen, nach dem Tag ihrer Veröffentlichung.",
  csv: "Als CSV exportieren",
  filters: "Filter",
  period: "Zeitraum",
  days_one: "{{count}} Tag",
  days_other: "{{count}} Tage",
  all: "Alle",
  none: "Keine Bewertungen in diesem Zeitraum",
  noneText: "Bewertungen zählen, sobald sie veröffentlicht sind. Wählen Sie einen längeren Zeitraum oder weniger Filter.",
  noTeam: "Ohne Team",
  overTime: "Punkte je Woche",
  groups: {
    title: "Punkte nach Gruppen",
    label: "Gruppieren nach",
    agent: "Agent",
    team: "Team",
    form: "Formular",
    question: "Frage",
    evaluator: "Bewerter",
    week: "Woche",
  },
  figures: {
    evaluations: "Bewertungen",
    answers: "Antworten",
    mean: "Mittlere Punkte",
    least: "Niedrigste",
    most: "Höchste",
    range: "Niedrigste – höchste",
    failed: "Nicht bestanden",
    disputed: "Angefochten",
    acknowledged: "Zur Kenntnis genommen",
    na: "Nicht zutreffend",
  },
  chart: {
    weeks_one: "Mittlere Punkte von {{count}} Woche: {{lowest}}",
    weeks_other: "Mittlere Punkte über {{count}} Wochen: von {{lowest}} bis {{highest}}",
    groups: "Mittlere Punkte von {{count}} Zeilen der Tabelle darunter",
    noScores: "Noch keine Punkte",
  },
  refused: {
    title: "Berichte sind nicht für Sie freigegeben",
    text: "Teamleitung und Administratoren sehen sie. Fragen Sie dort, wenn Sie sie auch brauchen.",
  },
};
