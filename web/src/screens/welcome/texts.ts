/** The texts of the first steps, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["welcome", "common"]).t;
}
