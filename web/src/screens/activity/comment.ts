/** What a comment says and when it can be saved. Pure. */

export const LONGEST_COMMENT = 4000;

export interface Content {
  readonly text: string;
  readonly at_ms: number;
  readonly until_ms: number | null;
}

export type Fault = "empty" | "long" | "backwards";

/** Why a comment cannot be saved as it is; null if it can. */
export function faultOf({ text, at_ms, until_ms }: Content): Fault | null {
  const { length } = [...text.trim()];
  if (length === 0) return "empty";
  if (length > LONGEST_COMMENT) return "long";
  return until_ms !== null && until_ms <= at_ms ? "backwards" : null;
}
