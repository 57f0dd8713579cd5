/** Addresses and the pages behind them. Each room lists its own in `screens/<room>/routes.ts`; pages load when asked for. */

import { Navigate, createBrowserRouter } from "react-router";

import { Shell } from "./components/shell";
import { routes as activities } from "./screens/activities/routes";
import { routes as activity } from "./screens/activity/routes";
import { Failure, NotFound } from "./screens/failure";
import { routes as recorders } from "./screens/recorders/routes";
import { SignIn } from "./screens/sign-in/sign-in";

export function createRouter() {
  return createBrowserRouter([
    { path: "/sign-in", element: <SignIn />, errorElement: <Failure /> },
    {
      element: <Shell />,
      errorElement: <Failure />,
      hydrateFallbackElement: <></>,
      children: [
        { index: true, element: <Navigate to="/activities" replace /> },
        ...activities,
        ...activity,
        ...recorders,
        { path: "*", element: <NotFound /> },
      ],
    },
  ]);
}
