import type { RouteObject } from "react-router";

import { loadTexts } from "../../i18n";

export const routes: RouteObject[] = [
  {
    path: "/play/:id",
    lazy: async () => {
      const [page] = await Promise.all([import("./play"), loadTexts("play", "activity", "activities", "player")]);
      return { Component: page.Play };
    },
  },
];
