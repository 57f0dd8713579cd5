/** Settings, and the coverage report; each page has its own file. */

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

export const settings = {
  name: "Name",
  team: "Team",
  made: "Made",
  actions: "Actions",
  search: "Search",
  all: "All",
  more: "Show more",
  nothingFits: "Nothing fits",
  noPermission: {
    title: "This page is not for your account",
    text: "An administrator can give you another role under Settings, Users and roles.",
  },
  nav: {
    label: "Settings",
    people: "People",
    recording: "Recording",
    systems: "Systems",
    welcome: "First steps",
    pages: {
      users: "Users and roles",
      teams: "Teams",
      features: "Features",
      "quality-management": "Quality Management users",
      "screen-recording": "Screen recording users",
      recording: "Recording settings",
      "do-not-record": "Do-not-record rules",
      network: "Network",
      telephony: "Telephony",
      webhooks: "Webhooks",
      "api-keys": "API keys",
      audit: "Audit log",
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
} as const;
