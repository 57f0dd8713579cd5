/** The player's states and the one table of moves between them. */

export type PlayerState = "idle" | "loading" | "playing" | "paused" | "waiting" | "ended";

export type PlayerEvent =
  | "load" // a timeline is known, media is not
  | "loaded" // enough is known to start
  | "play" // the reviewer wants it to run
  | "pause" // the reviewer wants it to stand
  | "seek" // the reviewer or the skip rule moved
  | "stall" // something that should play cannot
  | "resume" // everything needed here is ready
  | "finish"; // the end of the timeline

/** A missing entry means: the event changes nothing in this state. */
const TABLE: Readonly<Record<PlayerState, Partial<Readonly<Record<PlayerEvent, PlayerState>>>>> = {
  idle: { load: "loading" },
  loading: { loaded: "paused", play: "waiting" },
  paused: { play: "waiting" },
  waiting: { resume: "playing", pause: "paused", finish: "ended" },
  playing: { pause: "paused", seek: "waiting", stall: "waiting", finish: "ended" },
  ended: { play: "waiting", seek: "paused" },
};

export function transition(state: PlayerState, event: PlayerEvent): PlayerState {
  return TABLE[state][event] ?? state;
}
