/** Of whom to choose, when the server says that several agents took part in a call. */

import { problemOf } from "./problem";

export interface Named {
  readonly id: string;
  readonly name: string;
}

export function agentsOf(error: unknown): readonly Named[] | null {
  if (error === null) return null;
  const { code, body } = problemOf(error);
  const agents = body?.["agents"];
  return code === "agent_needed" && Array.isArray(agents) ? (agents as readonly Named[]) : null;
}
