import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/forms", lazy: async () => ({ Component: (await import("./forms")).Forms }) },
  { path: "/forms/:id", lazy: async () => ({ Component: (await import("./builder")).FormPage }) },
];
