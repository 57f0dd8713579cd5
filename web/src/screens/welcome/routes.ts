import type { RouteObject } from "react-router";

import { loadTexts } from "../../i18n";

export const routes: RouteObject[] = [
  {
    path: "/welcome",
    lazy: async () => {
      const [page] = await Promise.all([import("./welcome"), loadTexts("welcome", "settings", "recorders")]);
      return { Component: page.Welcome };
    },
  },
];
