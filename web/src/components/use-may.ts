/** Whether the person who is signed in may do something: pages offer nothing that the server would refuse. */

import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";

import type { Permission } from "../api/client";
import { sessionQuery } from "../api/queries";

export function useMay(): (permission: Permission) => boolean {
  const { data: session } = useQuery(sessionQuery);
  const permissions = session?.permissions;
  return useCallback((permission) => permissions?.includes(permission) === true, [permissions]);
}
