/** Zoom with the wheel and the pointer. A press that does not move stays a click. */

import type { PointerEvent, RefObject } from "react";
import { useEffect, useMemo, useRef } from "react";

import type { View } from "../lib/zoom";
import { moveBy, zoomAt } from "../lib/zoom";

/** A press may tremble by this much, in pixels. */
const TREMBLE = 4;
const WHEEL = 0.0015;

interface Press {
  readonly x: number;
  readonly y: number;
  moved: boolean;
}

/** `always`: the wheel zooms by itself, because there is no page to scroll. */
export function useZoom(
  frame: RefObject<HTMLElement | null>,
  view: View,
  setView: (change: (view: View) => View) => void,
  always: boolean,
) {
  const press = useRef<Press | null>(null);
  const zoomed = view.scale > 1;
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!(event.ctrlKey || always || zoomed)) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY * WHEEL * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1));
      const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      setView((now) => zoomAt(now, factor, x, y));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      element.removeEventListener("wheel", onWheel);
    };
  }, [frame, setView, always, zoomed]);
  return useMemo(
    () => ({
      /** True once after a drag: the click that ends it is none. */
      wasDrag: () => press.current?.moved === true,
      onPointerDown: (event: PointerEvent) => {
        press.current = { x: event.clientX, y: event.clientY, moved: false };
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        const from = press.current;
        if (from === null || event.buttons !== 1 || !zoomed) return;
        if (!from.moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < TREMBLE) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const box = event.currentTarget.getBoundingClientRect();
        const [dx, dy] = [(event.clientX - from.x) / box.width, (event.clientY - from.y) / box.height];
        press.current = { x: event.clientX, y: event.clientY, moved: true };
        setView((now) => moveBy(now, dx, dy));
      },
    }),
    [setView, zoomed],
  );
}
