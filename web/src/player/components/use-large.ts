/** The player over the whole window (expanded), or over the whole screen. */

import { useCallback, useEffect, useState } from "react";

export interface Large {
  readonly isFull: boolean;
  readonly isExpanded: boolean;
  readonly toggleFull: () => void;
  readonly toggleExpanded: () => void;
}

export function useLarge(root: HTMLElement | null): Large {
  const [isFull, setFull] = useState(false);
  const [isExpanded, setExpanded] = useState(false);
  useEffect(() => {
    const onChange = () => {
      setFull(document.fullscreenElement !== null && document.fullscreenElement === root);
    };
    document.addEventListener("fullscreenchange", onChange);
    return () => {
      document.removeEventListener("fullscreenchange", onChange);
    };
  }, [root]);
  useEffect(() => {
    if (!isExpanded) return;
    const before = document.body.style.overflow;
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      // In a dialog or a menu the key closes that.
      if (target?.closest("[role=dialog], [role=menu], [role=listbox]")) return;
      if (event.key === "Escape" && !event.defaultPrevented) setExpanded(false);
    };
    document.body.style.overflow = "hidden"; // the page behind does not scroll
    const behind = root === null ? [] : pageAround(root);
    for (const element of behind) element.inert = true;
    window.addEventListener("keydown", onKey);
    return () => {
      document.body.style.overflow = before;
      for (const element of behind) element.inert = false;
      window.removeEventListener("keydown", onKey);
    };
  }, [isExpanded, root]);
  const toggleFull = useCallback(() => {
    void (document.fullscreenElement ? document.exitFullscreen() : root?.requestFullscreen());
  }, [root]);
  const toggleExpanded = useCallback(() => {
    setExpanded((expanded) => !expanded);
  }, []);
  return { isFull, isExpanded, toggleFull, toggleExpanded };
}

/** All of the page that the player then lies over; dialogs and messages, which are outside the page's own part, lie over the player. */
function pageAround(root: HTMLElement): HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let at = root; at.parentElement !== null && at.parentElement !== document.body; at = at.parentElement) {
    for (const sibling of at.parentElement.children) {
      if (sibling !== at && sibling instanceof HTMLElement && !sibling.inert) found.push(sibling);
    }
  }
  return found;
}
