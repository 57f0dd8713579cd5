/** The texts of the reports, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["reports", "common"]).t;
}
