import type { common as source } from "../en/common";
import type { Shape } from "../shape";

export const common: Shape<typeof source> = {
  loading: "Wird geladen",
  jump: "Zum Inhalt springen",
  nav: {
    label: "Hauptmenü",
    activities: "Aktivitäten",
    recorders: "Rekorder",
  },
  account: {
    label: "Konto von {{name}}",
    language: "Sprache",
    signOut: "Abmelden",
  },
  action: {
    save: "Änderungen speichern",
    cancel: "Abbrechen",
    retry: "Erneut versuchen",
    close: "Schließen",
    delete: "Löschen",
    edit: "Bearbeiten",
    add: "Hinzufügen",
    back: "Zurück",
  },
  when: {
    today: "Heute {{time}}",
    yesterday: "Gestern {{time}}",
  },
};
