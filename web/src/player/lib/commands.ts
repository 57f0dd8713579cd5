/** Everything that a key of the player does, in one list: the keyboard obeys it and the help shows it. */

import { MAX_RATE, MIN_RATE, type PlayerEngine } from "../engine/player";
import type { Taste } from "./keep";

export const SPEEDS = [MIN_RATE, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, MAX_RATE] as const;
export const STEP_MS = 5000;
export const JUMP_MS = 15_000;
const LOUDER = 0.1;

/** What the page around the engine can do. */
export interface Desk {
  readonly engine: PlayerEngine;
  readonly taste: Taste;
  setTaste(taste: Taste): void;
  goToMoment(direction: 1 | -1): void;
  loopFrom(): void;
  loopTo(): void;
  loopEnd(): void;
  toggleFull(): void;
  toggleExpanded(): void;
  popOut(): void;
  zoom(factor: number | null): void;
  copyLink(): void;
  screenshot(): void;
  toggleHelp(): void;
}

export type Group = "playing" | "moving" | "picture" | "sound" | "others";

export interface Command {
  readonly id: string;
  readonly group: Group;
  /** Values of KeyboardEvent.key; the first is the one that is shown. */
  readonly keys: readonly string[];
  readonly run: (desk: Desk) => void;
}

function faster({ engine }: Desk, direction: 1 | -1): void {
  const { rate } = engine.getSnapshot();
  const next = direction > 0 ? SPEEDS.find((speed) => speed > rate) : SPEEDS.findLast((speed) => speed < rate);
  if (next !== undefined) engine.setRate(next);
}

function louder({ taste, setTaste }: Desk, by: number): void {
  const volume = Math.max(0, Math.min(1, Math.round((taste.volume + by) * 20) / 20));
  setTaste({ ...taste, volume, muted: false });
}

function flip({ taste, setTaste }: Desk, name: "muted" | "captions" | "skipSilence" | "skipIdle"): void {
  setTaste({ ...taste, [name]: !taste[name] });
}

export const COMMANDS = [
  { id: "toggle", group: "playing", keys: [" ", "k"], run: ({ engine }: Desk) => engine.toggle() },
  { id: "slower", group: "playing", keys: ["<"], run: (desk: Desk) => faster(desk, -1) },
  { id: "faster", group: "playing", keys: [">"], run: (desk: Desk) => faster(desk, 1) },
  { id: "loopFrom", group: "playing", keys: ["a"], run: (desk: Desk) => desk.loopFrom() },
  { id: "loopTo", group: "playing", keys: ["b"], run: (desk: Desk) => desk.loopTo() },
  { id: "loopEnd", group: "playing", keys: ["d"], run: (desk: Desk) => desk.loopEnd() },
  { id: "skipSilence", group: "playing", keys: ["i"], run: (desk: Desk) => flip(desk, "skipSilence") },
  { id: "skipIdle", group: "playing", keys: ["u"], run: (desk: Desk) => flip(desk, "skipIdle") },
  { id: "back", group: "moving", keys: ["ArrowLeft"], run: ({ engine }: Desk) => engine.step(-STEP_MS) },
  { id: "forward", group: "moving", keys: ["ArrowRight"], run: ({ engine }: Desk) => engine.step(STEP_MS) },
  { id: "farBack", group: "moving", keys: ["j"], run: ({ engine }: Desk) => engine.step(-JUMP_MS) },
  { id: "farForward", group: "moving", keys: ["l"], run: ({ engine }: Desk) => engine.step(JUMP_MS) },
  { id: "frameBack", group: "moving", keys: [","], run: ({ engine }: Desk) => engine.stepFrame(-1) },
  { id: "frameForward", group: "moving", keys: ["."], run: ({ engine }: Desk) => engine.stepFrame(1) },
  { id: "previousMoment", group: "moving", keys: ["p"], run: (desk: Desk) => desk.goToMoment(-1) },
  { id: "nextMoment", group: "moving", keys: ["n"], run: (desk: Desk) => desk.goToMoment(1) },
  { id: "begin", group: "moving", keys: ["Home"], run: ({ engine }: Desk) => engine.seek(0) },
  { id: "end", group: "moving", keys: ["End"], run: ({ engine }: Desk) => engine.seek(Infinity) },
  {
    id: "screen",
    group: "picture",
    keys: ["s"],
    run: ({ engine }: Desk) => engine.showScreen(!engine.getSnapshot().screenShown),
  },
  { id: "expand", group: "picture", keys: ["e"], run: (desk: Desk) => desk.toggleExpanded() },
  { id: "popOut", group: "picture", keys: ["o"], run: (desk: Desk) => desk.popOut() },
  { id: "full", group: "picture", keys: ["f"], run: (desk: Desk) => desk.toggleFull() },
  { id: "zoomIn", group: "picture", keys: ["+", "="], run: (desk: Desk) => desk.zoom(1.5) },
  { id: "zoomOut", group: "picture", keys: ["-"], run: (desk: Desk) => desk.zoom(1 / 1.5) },
  { id: "zoomReset", group: "picture", keys: ["0"], run: (desk: Desk) => desk.zoom(null) },
  { id: "louder", group: "sound", keys: ["ArrowUp"], run: (desk: Desk) => louder(desk, LOUDER) },
  { id: "quieter", group: "sound", keys: ["ArrowDown"], run: (desk: Desk) => louder(desk, -LOUDER) },
  { id: "mute", group: "sound", keys: ["m"], run: (desk: Desk) => flip(desk, "muted") },
  { id: "captions", group: "others", keys: ["c"], run: (desk: Desk) => flip(desk, "captions") },
  { id: "copyLink", group: "others", keys: ["y"], run: (desk: Desk) => desk.copyLink() },
  { id: "screenshot", group: "others", keys: ["x"], run: (desk: Desk) => desk.screenshot() },
  { id: "help", group: "others", keys: ["?"], run: (desk: Desk) => desk.toggleHelp() },
] as const satisfies readonly Command[];

/** What the cap of a key says. */
export function capOf(key: string): string {
  const arrows: Readonly<Record<string, string>> = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
  return arrows[key] ?? key;
}

/** From a KeyboardEvent.key to what it does; letters count in either case. */
export function commandFor(key: string): Command | null {
  const wanted = key.length === 1 ? key.toLowerCase() : key;
  return (COMMANDS as readonly Command[]).find(({ keys }) => keys.includes(wanted)) ?? null;
}
