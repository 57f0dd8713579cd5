/** The texts of evaluations, sampling and calibration, with those that every page shares under `common:`. */

import { useTranslation } from "react-i18next";

export function useTexts() {
  return useTranslation(["evaluations", "common"]).t;
}

export type Texts = ReturnType<typeof useTexts>;
