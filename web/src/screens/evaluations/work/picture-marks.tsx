/** Rectangles on the picture: of the notes that speak to this moment, and of the one that is being written. */

import type { KeyboardEvent, PointerEvent } from "react";
import { useCallback, useEffect, useRef, useState } from "react";

import { usePlayerTicked } from "../../../player/components/player-context";
import type { PlayerHandle } from "../../../player/components/player-context";
import type { Feedback, Rectangle } from "../queries";
import { useTexts } from "../texts";
import classes from "./picture-marks.module.css";
import { between, clamped, moved } from "./rectangle";
import type { FeedbackDraft } from "./use-feedback-draft";

/** How long the rectangle of a moment stays. */
const SHOWN_MS = 4000;

interface PictureMarksProps {
  readonly feedback: readonly Feedback[];
  readonly chosen: string | null;
  readonly draft: FeedbackDraft | null;
  readonly drawing: boolean;
  readonly onDraw: (rectangle: Rectangle) => void;
}

export function PictureMarks({ feedback, chosen, draft, drawing, onDraw }: PictureMarksProps) {
  const t = useTexts();
  const read = useCallback(
    ({ positionMs }: PlayerHandle) =>
      feedback
        .filter(({ start_ms, end_ms }) => positionMs >= start_ms - 50 && positionMs <= (end_ms ?? start_ms + SHOWN_MS))
        .map(({ id }) => id)
        .join(" "),
    [feedback],
  );
  const now = usePlayerTicked(read).split(" ");
  return (
    <>
      {feedback.map(({ id, rectangle, text }) =>
        rectangle && now.includes(id) && id !== draft?.changes?.id ? (
          <div key={id} className={classes["mark"]} data-chosen={id === chosen} style={placeOf(rectangle)} title={text} data-testid="picture-mark" />
        ) : null,
      )}
      {draft?.rectangle && !drawing && (
        <Movable rectangle={draft.rectangle} onMove={onDraw} />
      )}
      {drawing && <Canvas label={t("feedback.draw")} onDraw={onDraw} />}
    </>
  );
}

function placeOf({ x, y, width, height }: Rectangle) {
  return { left: share(x), top: share(y), width: share(width), height: share(height) };
}

function share(part: number): string {
  return `${String(part * 100)}%`;
}

/** Nothing of what is done here reaches the player under it. */
function held(event: { stopPropagation: () => void }): void {
  event.stopPropagation();
}

function Canvas({ label, onDraw }: { readonly label: string; readonly onDraw: (rectangle: Rectangle) => void }) {
  const [from, setFrom] = useState<readonly [number, number] | null>(null);
  const [to, setTo] = useState<readonly [number, number]>([0, 0]);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The button that asks for it stands below the picture.
    root.current?.scrollIntoView({ block: "center" });
  }, []);
  const drawn = from === null ? null : between(from, to);
  return (
    <div
      ref={root}
      className={classes["canvas"]}
      role="presentation"
      data-testid="picture-canvas"
      onClick={held}
      onPointerDown={(event) => {
        held(event);
        event.currentTarget.setPointerCapture(event.pointerId);
        setFrom(pointOf(event));
        setTo(pointOf(event));
      }}
      onPointerMove={(event) => {
        held(event);
        if (from !== null) setTo(pointOf(event));
      }}
      onPointerUp={(event) => {
        held(event);
        if (from === null) return;
        setFrom(null);
        const rectangle = between(from, pointOf(event));
        // A press that does not move draws nothing.
        if (rectangle.width > 0.01 && rectangle.height > 0.01) onDraw(rectangle);
      }}
    >
      {drawn !== null && <div className={classes["mark"]} data-chosen="true" style={placeOf(drawn)} />}
      <span className={classes["hint"]}>{label}</span>
    </div>
  );
}

function pointOf(event: PointerEvent<HTMLElement>): readonly [number, number] {
  const box = event.currentTarget.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

/** The rectangle being made: arrows move it, with Shift they change its size. */
function Movable({ rectangle, onMove }: { readonly rectangle: Rectangle; readonly onMove: (rectangle: Rectangle) => void }) {
  const t = useTexts();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    button.current?.focus();
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = moved(rectangle, event.key, event.shiftKey);
    if (next === null) return;
    event.preventDefault();
    held(event);
    onMove(clamped(next));
  };
  return (
    <button
      ref={button}
      type="button"
      className={classes["mark"]}
      data-chosen="true"
      data-own-arrows
      aria-label={t("feedback.movable")}
      style={placeOf(rectangle)}
      onClick={held}
      onPointerDown={held}
      onKeyDown={onKeyDown}
    />
  );
}
