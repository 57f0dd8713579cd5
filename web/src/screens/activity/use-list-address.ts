/** The address of the list as it was: with its filters, at the same place. */

import { useLocation } from "react-router";

export function useListAddress(): string {
  const { state } = useLocation() as { state: { list?: unknown } | null };
  return `/activities${typeof state?.list === "string" ? state.list : ""}`;
}
