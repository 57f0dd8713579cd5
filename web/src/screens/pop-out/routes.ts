import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/play/:id/screen", lazy: async () => ({ Component: (await import("./pop-out")).PopOut }) },
];
