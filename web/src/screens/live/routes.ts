import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/live", lazy: async () => ({ Component: (await import("./wall")).Wall }) },
  { path: "/live/:id", lazy: async () => ({ Component: (await import("./live-page")).LivePage }) },
];
