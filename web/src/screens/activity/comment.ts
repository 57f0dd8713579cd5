/** What a comment says, when it can be saved, and what becomes of it when it is deleted while one changes it. Pure. */

export const LONGEST_COMMENT = 4000;

export interface Content {
  readonly text: string;
  readonly at_ms: number;
  readonly until_ms: number | null;
}

export type Fault = "empty" | "long" | "backwards";

interface Listed {
  readonly id: string;
  readonly at_ms: number;
}

/** The comments that are there, and those that were deleted while being changed, each in its place on the timeline. */
export function withGone<T extends Listed>(there: readonly T[], changing: readonly T[]): readonly { readonly comment: T; readonly isGone: boolean }[] {
  const known = new Set(there.map(({ id }) => id));
  const gone = changing.filter(({ id }) => !known.has(id));
  const all = [...there.map((comment) => ({ comment, isGone: false })), ...gone.map((comment) => ({ comment, isGone: true }))];
  return all.sort((a, b) => a.comment.at_ms - b.comment.at_ms);
}

/** Why a comment cannot be saved as it is; null if it can. */
export function faultOf({ text, at_ms, until_ms }: Content): Fault | null {
  const { length } = [...text.trim()];
  if (length === 0) return "empty";
  if (length > LONGEST_COMMENT) return "long";
  return until_ms !== null && until_ms <= at_ms ? "backwards" : null;
}
