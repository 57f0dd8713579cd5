/** The texts of the recorders, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["recorders", "common"]).t;
}

export type Texts = ReturnType<typeof useTexts>;
