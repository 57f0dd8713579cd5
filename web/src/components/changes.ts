/**
 * Changes to settings before they are saved: only what differs, so that whatever somebody else saves meanwhile stays.
 * The values are a flat record; a value that is undefined is not set.
 */

export type Values = Readonly<Record<string, unknown>>;

/** JSON values, order of keys aside. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => same(left[key], right[key]));
}

/** `saved` with `changes` over it. */
export function applied<T extends Values>(saved: T, changes: Partial<T>): T {
  return { ...saved, ...changes };
}

/** `changes` and one more; a value that is put back to what is saved is no change any more. */
export function withChange<T extends Values>(saved: T, changes: Partial<T>, more: Partial<T>): Partial<T> {
  return realChanges(saved, { ...changes, ...more });
}

/** `changes` once `sent` was saved: what was changed, or put back, while it was being saved. */
export function afterSave<T extends Values>(changes: Partial<T>, sent: Partial<T>): Partial<T> {
  const entries = Object.entries(changes).filter(([key, value]) => !(key in sent) || !same(sent[key], value));
  return Object.fromEntries(entries) as Partial<T>;
}

/** Those of `changes` that differ from what is saved. */
export function realChanges<T extends Values>(saved: T, changes: Partial<T>): Partial<T> {
  const entries = Object.entries(changes).filter(([key, value]) => !same(saved[key], value));
  return Object.fromEntries(entries) as Partial<T>;
}
