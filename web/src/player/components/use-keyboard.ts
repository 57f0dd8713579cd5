/** The player's keys, for the whole page, unless someone types or a control wants the key for itself. */

import { useEffect } from "react";

import type { Desk } from "../lib/commands";
import { commandFor } from "../lib/commands";

const EDITABLE =
  "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], [role=menu], [role=listbox]";
const PRESSABLE = "button, a, summary, input, [role=button], [role=tab], [role=radio]";
const OWN_ARROWS = "input[type=range], input[type=radio], [data-own-arrows], [role=tablist]";

export function useKeyboard(desk: Desk): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest(EDITABLE)) return;
      if (event.key === " " && target?.closest(PRESSABLE)) return;
      if (event.key.startsWith("Arrow") && target?.closest(OWN_ARROWS)) return;
      const command = commandFor(event.key);
      // In a dialog only the help's own key works, so that it can close what it opened.
      if (command === null || (target?.closest("[role=dialog]") && command.id !== "help")) return;
      event.preventDefault();
      command.run(desk);
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, [desk]);
}
