/** j and k (or the arrows) go from row to row, Home and End to the ends, / to the search; Enter opens the row. */

import { useCallback, useEffect, useRef, useState } from "react";

import type { Item } from "./merge";

const EDITABLE = "input, textarea, select, [contenteditable], [role=menu], [role=dialog], [role=listbox]";
const STEPS: Readonly<Record<string, number>> = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 };

export interface Active {
  readonly id: string | null;
  /** The link of a row that has come into or gone out of the page. */
  readonly register: (id: string, link: HTMLElement | null) => void;
}

export function useListKeys(items: readonly Item[], place: { active: string | null }, show: (index: number) => void): Active {
  const [id, setId] = useState(place.active);
  const links = useRef(new Map<string, HTMLElement>());
  // The row to which the keys went and which is still to get the focus: it may not be in the page yet.
  const wanted = useRef<string | null>(place.active);

  const register = useCallback((row: string, link: HTMLElement | null) => {
    if (link === null) {
      links.current.delete(row);
      return;
    }
    links.current.set(row, link);
    if (wanted.current !== row) return;
    wanted.current = null;
    const types = document.activeElement?.closest(EDITABLE); // by now, elsewhere
    if (!types) link.focus({ preventScroll: true });
  }, []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest(EDITABLE)) return;
      const isRow = target !== null && [...links.current.values()].some((link) => link === target);
      const focused = isRow ? [...links.current].find(([, link]) => link === target)?.[0] : undefined;
      const at = items.findIndex((item) => item.id === (focused ?? id));
      const next = nextOf(event.key, at, items.length);
      if (next === null) return;
      // Arrows scroll the page unless a row has the focus.
      if (event.key.length > 1 && !isRow) return;
      const item = items[next];
      if (!item) return;
      event.preventDefault();
      setId(item.id);
      place.active = item.id;
      show(next);
      const link = links.current.get(item.id);
      if (link) link.focus({ preventScroll: true });
      else wanted.current = item.id;
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  });
  return { id, register };
}

/** Where a key leads from a row; null when it is no key of the list. */
export function nextOf(key: string, at: number, count: number): number | null {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  if (step === undefined) return null;
  return at < 0 ? 0 : Math.max(0, Math.min(count - 1, at + step));
}
