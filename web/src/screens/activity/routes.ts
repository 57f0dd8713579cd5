import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/activities/:id", lazy: async () => ({ Component: (await import("./activity-details")).ActivityDetails }) },
];
