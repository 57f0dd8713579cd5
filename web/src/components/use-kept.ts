/** Something that is being written, kept in the tab for who writes it until it is saved: a reload or a way round loses nothing. */

import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";

import { sessionQuery } from "../api/queries";

/** `read` makes of what is stored what was kept, or null where it is none. */
export function useKept<T>(name: string, read: (stored: string | null) => T | null): readonly [T | null, (next: T | null) => void] {
  const user = useQuery(sessionQuery).data?.user.id ?? "";
  const key = `deskreel.${name}.${user}`;
  const [kept, setKept] = useState(() => read(sessionStorage.getItem(key)));
  const keep = useCallback(
    (next: T | null) => {
      setKept(next);
      try {
        if (next === null) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, JSON.stringify(next));
      } catch {
        // The tab's store is full: it lives as long as the page.
      }
    },
    [key],
  );
  return [kept, keep];
}
