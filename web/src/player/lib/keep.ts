/**
 * What the player keeps in the browser between visits: where each interaction was left (the last KEPT of them), and
 * how the reviewer likes to play. Storage that is full, forbidden or tampered with costs nothing but the memory.
 */

export type Storage = Pick<globalThis.Storage, "getItem" | "setItem">;

export const KEPT = 100;
/** Nearer than this to either end there is nothing to come back to. */
export const EDGE_MS = 5000;
const PLACES = "deskreel.player.places";
const TASTE = "deskreel.player.taste";

type Place = readonly [id: string, positionMs: number];

export interface Taste {
  readonly volume: number;
  readonly muted: boolean;
  readonly captions: boolean;
  readonly skipSilence: boolean;
  readonly skipIdle: boolean;
}

export const PLAIN: Taste = { volume: 1, muted: false, captions: false, skipSilence: false, skipIdle: false };

export function recallPlace(storage: Storage, id: string): number | null {
  return places(storage).find(([known]) => known === id)?.[1] ?? null;
}

export function keepPlace(storage: Storage, id: string, positionMs: number, durationMs: number): void {
  const others = places(storage).filter(([known]) => known !== id);
  const worth = positionMs >= EDGE_MS && positionMs <= durationMs - EDGE_MS;
  write(storage, PLACES, (worth ? [[id, Math.round(positionMs)] as const, ...others] : others).slice(0, KEPT));
}

export function recallTaste(storage: Storage): Taste {
  const kept = read(storage, TASTE);
  if (typeof kept !== "object" || kept === null) return PLAIN;
  const { volume, ...switches } = kept as Record<string, unknown>;
  const on = (name: keyof Taste) => switches[name] === true;
  return {
    volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : PLAIN.volume,
    muted: on("muted"),
    captions: on("captions"),
    skipSilence: on("skipSilence"),
    skipIdle: on("skipIdle"),
  };
}

export function keepTaste(storage: Storage, taste: Taste): void {
  write(storage, TASTE, taste);
}

function places(storage: Storage): Place[] {
  const kept = read(storage, PLACES);
  return Array.isArray(kept) ? kept.filter(isPlace) : [];
}

function isPlace(value: unknown): value is Place {
  return Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "number" && value[1] >= 0;
}

function read(storage: Storage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? "null") as unknown;
  } catch {
    return null;
  }
}

function write(storage: Storage, key: string, value: unknown): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // full or forbidden: it is a convenience only
  }
}
