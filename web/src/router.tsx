/** Addresses and the pages behind them. Each room lists its own in `screens/<room>/routes.ts`; pages load when asked for. */

import { Navigate, createBrowserRouter } from "react-router";

import { Shell } from "./components/shell";
import { SignedIn } from "./components/signed-in";
import { routes as activities } from "./screens/activities/routes";
import { routes as activity } from "./screens/activity/routes";
import { routes as calibrations } from "./screens/calibrations/routes";
import { routes as evaluations } from "./screens/evaluations/routes";
import { Failure, NotFound } from "./screens/failure";
import { routes as forms } from "./screens/forms/routes";
import { routes as networkCheck } from "./screens/network-check/routes";
import { routes as live } from "./screens/live/routes";
import { routes as play } from "./screens/play/routes";
import { routes as popOut } from "./screens/pop-out/routes";
import { routes as recorders } from "./screens/recorders/routes";
import { routes as reports } from "./screens/reports/routes";
import { routes as settings } from "./screens/settings/routes";
import { SignIn } from "./screens/sign-in/sign-in";
import { routes as welcome } from "./screens/welcome/routes";

export function createRouter() {
  return createBrowserRouter([
    { path: "/sign-in", element: <SignIn />, errorElement: <Failure /> },
    {
      element: <SignedIn />,
      errorElement: <Failure />,
      hydrateFallbackElement: <></>,
      children: [
        ...popOut,
        ...play, // pages without the frame: a screen of their own
        {
          element: <Shell />,
          children: [
            {
              errorElement: <Failure />, // within the frame
              children: [
                { index: true, element: <Navigate to="/activities" replace /> },
                ...activities,
                ...activity,
                ...calibrations,
                ...evaluations,
                ...forms,
                ...live,
                ...networkCheck,
                ...reports,
                ...recorders,
                ...settings,
                ...welcome,
                { path: "*", element: <NotFound /> },
              ],
            },
          ],
        },
      ],
    },
  ]);
}
