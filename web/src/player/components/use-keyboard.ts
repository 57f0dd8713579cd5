/** The player's keys, for the whole page, unless someone types or a control wants the key for itself. */

import { useEffect } from "react";

export interface Keys {
  readonly [key: string]: (() => void) | undefined;
}

const EDITABLE = "input:not([type=range]), textarea, select, [contenteditable], [role=menu], [role=dialog]";
const PRESSABLE = "button, a, summary, [role=button]";

export function useKeyboard(keys: Keys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest(EDITABLE)) return;
      if (event.key === " " && target?.closest(PRESSABLE)) return;
      if (event.key.startsWith("Arrow") && target?.closest("input[type=range], [data-own-arrows]")) return;
      const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, [keys]);
}
