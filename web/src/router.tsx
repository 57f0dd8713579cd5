/** Addresses and the pages behind them. */

import { Navigate, createBrowserRouter } from "react-router";

import { Shell } from "./components/shell";
import { Activities } from "./screens/activities";
import { ActivityDetails } from "./screens/activity-details";
import { Failure, NotFound } from "./screens/failure";
import { SignIn } from "./screens/sign-in";

export function createRouter() {
  return createBrowserRouter([
    { path: "/sign-in", element: <SignIn />, errorElement: <Failure /> },
    {
      element: <Shell />,
      errorElement: <Failure />,
      hydrateFallbackElement: <></>,
      children: [
        { index: true, element: <Navigate to="/activities" replace /> },
        { path: "/activities", element: <Activities /> },
        { path: "/activities/:id", element: <ActivityDetails /> },
        { path: "/recorders", lazy: async () => ({ Component: (await import("./screens/recorders")).Recorders }) },
        { path: "/enrol", lazy: async () => ({ Component: (await import("./screens/enrol")).Enrol }) },
        { path: "*", element: <NotFound /> },
      ],
    },
  ]);
}
