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
      if (event.key === "Escape" && !event.defaultPrevented) setExpanded(false);
    };
    document.body.style.overflow = "hidden"; // the page behind does not scroll
    window.addEventListener("keydown", onKey);
    return () => {
      document.body.style.overflow = before;
      window.removeEventListener("keydown", onKey);
    };
  }, [isExpanded]);
  const toggleFull = useCallback(() => {
    void (document.fullscreenElement ? document.exitFullscreen() : root?.requestFullscreen());
  }, [root]);
  const toggleExpanded = useCallback(() => {
    setExpanded((expanded) => !expanded);
  }, []);
  return { isFull, isExpanded, toggleFull, toggleExpanded };
}
