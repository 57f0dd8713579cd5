import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/recorders", lazy: async () => ({ Component: (await import("./recorders")).Recorders }) },
  { path: "/enrol", lazy: async () => ({ Component: (await import("./enrol")).Enrol }) },
];
