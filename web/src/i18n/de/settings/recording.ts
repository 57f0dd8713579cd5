import type { recording as source } from "../../en/settings/recording";
import type { Shape } from "../../shape";

export const recording: Shape<typeof source> = {
  recording: {
    title: "Aufnahmeeinstellungen",
    lead: "Für das Konto gesetzt; ein Team darf davon abweichen und ein Agent von seinem Team. Eine laufende Aufnahme behält ihre Höchstlänge.",
    level: "Einstellungen für",
    levels: { account: "Konto", team: "Team", agent: "Agent" },
    choose: { team: "Team wählen", agent: "Agent wählen" },
    chooseText: "Sie sehen dann, was gilt und woher jeder Wert kommt.",
    setHere: "Hier gesetzt",
    inherit: "Wieder übernehmen",
    inheritOf: "Wieder übernehmen: {{name}}",
    noLimit: "Keine Grenze",
    numberFault: "Geben Sie eine Zahl von {{min}} bis {{max}} ein.",
    from: {
      environment: "Aus der Umgebung des Servers",
      account: "Vom Konto",
      team: "Vom Team",
      agent: "Hier gesetzt",
      above: "Vom Team oder vom Konto",
    },
    groups: { calls: "Anrufe", agents: "Gegenüber Agenten", picture: "Bild", network: "Bandbreite" },
    units: { s: "s", min: "min", ms: "ms", "%": "%", fps: "je Sekunde", "kbit/s": "kbit/s" },
    unknown: { pause: "Pausieren", record: "Aufnehmen" },
    monitors: { active: "Der benutzte", all: "Alle nebeneinander", primary: "Der Hauptmonitor" },
    fields: {
      percentage: { label: "Anteil der Anrufe", text: "Von den aufgenommenen Anrufen des Agenten." },
      acw: { label: "Nachbearbeitung", text: "Den Bildschirm nach dem Anruf weiter aufnehmen, ohne Ton." },
      acw_timeout_s: { label: "Nachbearbeitung höchstens", text: "Dann endet sie, auch wenn der Status des Agenten bleibt." },
      max_length_minutes: { label: "Höchstlänge", text: "Einer Bildschirmaufnahme." },
      on_unknown_pause: {
        label: "Wenn die Pause unbekannt ist",
        text: "Was geschieht, solange nicht bekannt ist, ob die Anrufaufnahme pausiert, etwa nach einem Ausfall der Telefonie.",
      },
      notice: { label: "Hinweis an Agenten", text: "Wie Agenten erfahren, dass ihr Bildschirm aufgenommen wird." },
      agent_may_pause: { label: "Agenten dürfen pausieren", text: "Agenten pausieren und setzen fort an ihrem Arbeitsplatz; das wird vermerkt." },
      agent_may_quit: {
        label: "Agenten dürfen beenden",
        text: "Agenten beenden das Programm über sein Symbol oder Fenster. Was dann fehlt, steht bei der Aufnahme.",
      },
      live_view: { label: "Live-Ansicht", text: "Supervisoren sehen dem Bildschirm zu, während ein Anruf aufgenommen wird; das steht im Prüfprotokoll." },
      live_notice: { label: "Hinweis auf Live-Ansicht", text: "Agenten erfahren an ihrem Arbeitsplatz, dass jemand zusieht." },
      look_back_s: {
        label: "Rückblick",
        text: "Solange kein Anruf aufgenommen wird, behalten die Arbeitsplätze aufgenommener Agenten so viele Sekunden des Bildschirms nur im Arbeitsspeicher, damit ein spät gemeldeter Anruf von Anfang an zu sehen ist. 0 behält nichts.",
      },
      monitors: { label: "Monitore", text: "Was im Bild ist." },
      dwell_ms: { label: "Verweildauer", text: "So lange bleibt der Zeiger auf einem anderen Monitor, bevor das Bild folgt." },
      max_fps: { label: "Bildrate", text: "Bilder je Sekunde höchstens; weniger, wenn sich nichts ändert." },
      canvas: { label: "Größtes Bild", text: "Größere Bildschirme werden hineinskaliert." },
      max_kbps: { label: "Bandbreite des Videos", text: "Leer heißt: keine Grenze." },
      upload_kbps: { label: "Bandbreite beim Hochladen", text: "Für das, was am Arbeitsplatz wartet; leer heißt: keine Grenze." },
    },
  },
};
