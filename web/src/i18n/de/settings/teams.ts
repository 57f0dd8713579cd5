import type { teams as source } from "../../en/settings/teams";
import type { Shape } from "../../shape";

export const teams: Shape<typeof source> = {
  teams: {
    title: "Teams",
    lead: "Supervisoren und Bewerter sehen die Agenten ihrer Teams. Die Bildschirmaufnahme kann für ein ganzes Team eingeschaltet werden.",
    add: "Team hinzufügen",
    rename: "Umbenennen",
    renameOf: "{{name}} umbenennen",
    dissolve: "Auflösen",
    dissolveOf: "{{name}} auflösen?",
    dissolveText: "Die Personen sind dann in keinem Team. Aufnahmen bleiben.",
    members: "Personen",
    none: "Es gibt keine Teams",
    noneText: "Ein kleines Callcenter braucht keine. Mit Teams sehen Supervisoren und Bewerter nur ihre eigenen Agenten.",
  },
};
