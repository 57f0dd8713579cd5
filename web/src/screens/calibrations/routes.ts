import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/evaluations/calibrations", lazy: async () => ({ Component: (await import("./calibrations")).Calibrations }) },
  { path: "/evaluations/calibrations/new", lazy: async () => ({ Component: (await import("./new-calibration")).NewCalibration }) },
  { path: "/evaluations/calibrations/:id", lazy: async () => ({ Component: (await import("./calibration")).CalibrationPage }) },
];
