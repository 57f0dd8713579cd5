import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/network-check", lazy: async () => ({ Component: (await import("./network-check")).NetworkCheck }) },
];
