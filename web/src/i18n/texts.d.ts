/** Keys and their values' names are checked where a text is used. */

import type { activities } from "./en/activities";
import type { activity } from "./en/activity";
import type { common } from "./en/common";
import type { evaluations } from "./en/evaluations";
import type { forms } from "./en/forms";
import type { network_check } from "./en/network_check";
import type { live } from "./en/live";
import type { play } from "./en/play";
import type { player } from "./en/player";
import type { recorders } from "./en/recorders";
import type { reports } from "./en/reports";
import type { settings } from "./en/settings";
import type { sign_in } from "./en/sign_in";
import type { welcome } from "./en/welcome";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: {
      activities: typeof activities;
      activity: typeof activity;
      common: typeof common;
      evaluations: typeof evaluations;
      forms: typeof forms;
      network_check: typeof network_check;
      live: typeof live;
      play: typeof play;
      player: typeof player;
      recorders: typeof recorders;
      reports: typeof reports;
      settings: typeof settings;
      sign_in: typeof sign_in;
      welcome: typeof welcome;
    };
  }
}
