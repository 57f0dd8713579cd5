/** The texts of the settings, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["settings", "common"]).t;
}

export type Texts = ReturnType<typeof useTexts>;
