import type { audit as source } from "../../en/settings/audit";
import type { Shape } from "../../shape";

export const audit: Shape<typeof source> = {
  audit: {
    title: "Prüfprotokoll",
    lead: "Wer was getan hat. Nichts darin lässt sich ändern oder löschen.",
    export: "Als JSON-Zeilen exportieren",
    apply: "Filtern",
    clear: "Leeren",
    when: "Wann",
    details: "Einzelheiten",
    only: "Nur {{value}}",
    filters: { actor: "Wer", action: "Aktion", subject: "Wovon", since: "Von", until: "Bis" },
  },
};
