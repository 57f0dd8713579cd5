import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/evaluations", lazy: async () => ({ Component: (await import("./list/evaluations")).Evaluations }) },
  { path: "/evaluations/new", lazy: async () => ({ Component: (await import("./planning/new-evaluation")).NewEvaluation }) },
  { path: "/evaluations/sampling", lazy: async () => ({ Component: (await import("./planning/sampling")).Sampling }) },
  { path: "/evaluations/:id", lazy: async () => ({ Component: (await import("./work/evaluation")).EvaluationPage }) },
];
