import type { RouteObject } from "react-router";

import { loadTexts } from "../../i18n";

export const routes: RouteObject[] = [
  {
    path: "/activities/:id",
    lazy: async () => {
      const [page] = await Promise.all([import("./activity-details"), loadTexts("activity", "activities", "player")]);
      return { Component: page.ActivityDetails };
    },
  },
];
