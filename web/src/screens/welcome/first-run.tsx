/** Opens the first steps by itself, once a visit, for whoever may set up an account in which nothing is switched on. */

import { useQuery } from "@tanstack/react-query";
import { Navigate, useLocation } from "react-router";

import { featuresQuery } from "../settings/queries";
import { isUntouched } from "./facts";

const SEEN = "deskreel.welcome.seen";

/** From now on in this visit the pages open as asked for. */
export function markSeen(): void {
  sessionStorage.setItem(SEEN, "yes");
}

export function FirstRun() {
  const here = useLocation().pathname;
  const asked = here === "/activities" && sessionStorage.getItem(SEEN) === null;
  const features = useQuery({ ...featuresQuery, enabled: asked });
  if (!asked || !features.data || !isUntouched(features.data)) return null;
  return <Navigate to="/welcome" replace />;
}
