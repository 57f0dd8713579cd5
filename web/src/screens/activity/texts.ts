/** The texts of the details, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["activity", "common"]).t;
}

export type Texts = ReturnType<typeof useTexts>;
