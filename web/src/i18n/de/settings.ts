import type { settings as source } from "../en/settings";
import type { Shape } from "../shape";
import { audit } from "./settings/audit";
import { coverage } from "./settings/coverage";
import { features } from "./settings/features";
import { keys } from "./settings/keys";
import { network } from "./settings/network";
import { recording } from "./settings/recording";
import { rules } from "./settings/rules";
import { selection } from "./settings/selection";
import { teams } from "./settings/teams";
import { telephony } from "./settings/telephony";
import { users } from "./settings/users";
import { webhooks } from "./settings/webhooks";

export const settings: Shape<typeof source> = {
  name: "Name",
  team: "Team",
  made: "Angelegt",
  actions: "Aktionen",
  search: "Suche",
  all: "Alle",
  more: "Mehr anzeigen",
  nothingFits: "Nichts passt",
  noPermission: {
    title: "Diese Seite ist nicht für Ihr Konto",
    text: "Eine Administratorin oder ein Administrator kann Ihnen unter Einstellungen, Benutzer und Rollen eine andere Rolle geben.",
  },
  nav: {
    label: "Einstellungen",
    people: "Personen",
    recording: "Aufnahme",
    systems: "Systeme",
    welcome: "Erste Schritte",
    pages: {
      users: "Benutzer und Rollen",
      teams: "Teams",
      features: "Funktionen",
      "quality-management": "Benutzer im Quality Management",
      "screen-recording": "Benutzer mit Bildschirmaufnahme",
      recording: "Aufnahmeeinstellungen",
      "do-not-record": "Aufnahmeverbote",
      network: "Netz",
      telephony: "Telefonie",
      webhooks: "Webhooks",
      "api-keys": "API-Schlüssel",
      audit: "Prüfprotokoll",
    },
  },
  ...users,
  ...teams,
  ...features,
  ...selection,
  ...recording,
  ...rules,
  ...network,
  ...telephony,
  ...webhooks,
  ...keys,
  ...audit,
  ...coverage,
};
