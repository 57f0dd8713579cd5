/** Which monitors a screen recording shows, as its marks tell it. Pure. */

import type { ScreenRecording } from "../api/client";

export interface Monitor {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** Each monitor that was in the picture, with its last size, in the order of appearance. */
export function monitorsOf(marks: ScreenRecording["marks"]): readonly Monitor[] {
  const seen = new Map<string, Monitor>();
  for (const { kind, detail } of marks) {
    const { name, width, height } = detail;
    if (kind !== "monitor" || typeof name !== "string" || typeof width !== "number" || typeof height !== "number") continue;
    seen.set(name, { name, width, height });
  }
  return [...seen.values()];
}
