/** The texts of the forms, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["forms", "common"]).t;
}

export type Texts = ReturnType<typeof useTexts>;
