import type { keys as source } from "../../en/settings/keys";
import type { Shape } from "../../shape";

export const keys: Shape<typeof source> = {
  keys: {
    title: "API-Schlüssel",
    lead: "Für Programme, die für Sie handeln. Ein Schlüssel sieht, was Sie sehen, und endet mit Ihrem Konto.",
    add: "Schlüssel anlegen",
    make: "Schlüssel anlegen",
    none: "Es gibt keine API-Schlüssel",
    noneText: "Legen Sie für jedes Programm einen an, mit nur den Rechten, die es braucht.",
    key: "API-Schlüssel",
    name: "Name",
    nameText: "Wofür er ist.",
    permissions: "Rechte",
    permissionsText: "Nicht mehr, als Sie selbst haben.",
    days: "Tage bis zum Ablauf",
    of: "von {{name}}",
    used: "Zuletzt benutzt",
    until: "Bis {{day}}",
    expired: "Abgelaufen {{day}}",
    revoked: "Widerrufen {{at}}",
    revoke: "Widerrufen",
    revokeOf: "{{name}} widerrufen?",
    revokeText: "Programme, die ihn benutzen, sind sofort ausgesperrt.",
    shownTitle: "Ihr neuer API-Schlüssel",
    shownText: "Bewahren Sie ihn jetzt auf: Er wird nicht wieder gezeigt. Programme senden ihn als „Authorization: Bearer …“.",
  },
};
