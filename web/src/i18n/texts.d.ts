/** Keys and their values' names are checked where a text is used. */

import type { common } from "./en/common";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: {
      common: typeof common;
    };
  }
}
