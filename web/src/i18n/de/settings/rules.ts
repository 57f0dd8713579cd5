import type { rules as source } from "../../en/settings/rules";
import type { Shape } from "../../shape";

export const rules: Shape<typeof source> = {
  rules: {
    title: "Aufnahmeverbote",
    lead: "Anrufe, die nie aufgenommen werden. Ein Verbot gilt für Anrufe, die beginnen, solange es besteht.",
    add: "Verbot hinzufügen",
    kind: "Art",
    value: "Was",
    note: "Notiz",
    remove: "Entfernen",
    removeOf: "Das Verbot für {{value}} entfernen?",
    removeText: "Anrufe, die ab jetzt beginnen, werden wieder aufgenommen.",
    none: "Es gibt keine Verbote",
    noneText: "Jeder aufgenommene Anruf eines ausgewählten Agenten wird aufgenommen.",
    kinds: { number: "Nummer", queue: "Warteschlange", agent: "Agent" },
    example: { number: "+49 30 555*", queue: "Zahlungen" },
    patternHint: "* steht für beliebige Zeichen, ? für eines. Leerzeichen, Punkte, Striche und Klammern zählen nicht.",
  },
};
