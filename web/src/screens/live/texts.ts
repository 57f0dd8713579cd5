/** The texts of the live view, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["live", "common"]).t;
}

export type Texts = ReturnType<typeof useTexts>;
