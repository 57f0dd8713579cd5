/** The texts of the network check, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["network_check", "common"]).t;
}

export type Texts = ReturnType<typeof useTexts>;
