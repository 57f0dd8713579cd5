/** The texts of the list, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["activities", "common"]).t;
}

export type Texts = ReturnType<typeof useTexts>;
