import type { features as source } from "../../en/settings/features";
import type { Shape } from "../../shape";

export const features: Shape<typeof source> = {
  notice: {
    none: { label: "Nichts", text: "Agenten sehen nichts. Prüfen Sie, ob das bei Ihnen erlaubt ist." },
    icon: { label: "Symbol", text: "Ein Symbol in der Taskleiste des Agenten." },
    banner: { label: "Banner", text: "Ein Banner auf dem Bildschirm, solange er aufgenommen wird." },
    acknowledgement: { label: "Bestätigung", text: "Agenten bestätigen einmal je Schicht, bevor sie aufgenommen werden." },
  },
  features: {
    title: "Funktionen",
    lead: "Was dieses Konto eingeschaltet hat. Eine Änderung wirkt sofort, auch mitten im Anruf.",
    captured: "Was aufgenommen wird",
    policies: "Regeln",
    quality_management: {
      label: "Quality Management",
      text: "Bewertung von Anrufen mit Formularen. Die Bildschirmaufnahme setzt es voraus.",
    },
    call_recording: { label: "Anrufaufnahme", text: "Anrufe, die die Telefonie aufnimmt, werden mit ihrem Ton übernommen." },
    screen_recording: {
      label: "Bildschirmaufnahme",
      text: "Die Bildschirme ausgewählter Agenten werden während ihrer aufgenommenen Anrufe aufgenommen.",
    },
    new_agents: {
      label: "Neue Agenten von selbst auswählen",
      text: "Agenten werden freigeschaltet und ausgewählt, sobald die Telefonie sie zum ersten Mal nennt. Praktisch zum Ausprobieren.",
    },
    agents_see_own: {
      label: "Agenten sehen ihre eigenen Anrufe",
      text: "Agenten dürfen ihre eigenen Aufnahmen ansehen und ihre veröffentlichten Bewertungen lesen.",
    },
    notice: {
      label: "Wie erfahren es die Agenten?",
      text: "Wählen Sie dies, bevor die Bildschirmaufnahme zum ersten Mal eingeschaltet wird. Später ändern Sie es unter Aufnahmeeinstellungen.",
    },
  },
};
