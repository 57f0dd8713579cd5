/** The recording settings as the form shows them: which control, within what bounds, in which group. Pure. */

import type { SettingValues } from "../queries";

export type SettingName = keyof SettingValues;

interface SwitchField {
  readonly kind: "switch";
  readonly name: SettingName;
}

interface NumberField {
  readonly kind: "number";
  readonly name: SettingName;
  readonly min: number;
  readonly max: number;
  readonly unit: "s" | "min" | "ms" | "%" | "fps" | "kbit/s";
  /** May be left empty, which means no limit. */
  readonly optional?: boolean;
  readonly decimals?: number;
}

interface ChoiceField {
  readonly kind: "choice";
  readonly name: "on_unknown_pause" | "notice" | "monitors";
  readonly choices: readonly string[];
}

interface CanvasField {
  readonly kind: "canvas";
  readonly name: "canvas";
}

export type Field = SwitchField | NumberField | ChoiceField | CanvasField;

export interface Group {
  readonly key: "calls" | "agents" | "picture" | "network";
  readonly fields: readonly Field[];
}

export const GROUPS: readonly Group[] = [
  {
    key: "calls",
    fields: [
      { kind: "number", name: "percentage", min: 0, max: 100, unit: "%", decimals: 2 },
      { kind: "switch", name: "acw" },
      { kind: "number", name: "acw_timeout_s", min: 1, max: 3600, unit: "s" },
      { kind: "number", name: "max_length_minutes", min: 1, max: 1440, unit: "min" },
      { kind: "choice", name: "on_unknown_pause", choices: ["pause", "record"] },
    ],
  },
  {
    key: "agents",
    fields: [
      { kind: "choice", name: "notice", choices: ["none", "icon", "banner", "acknowledgement"] },
      { kind: "switch", name: "agent_may_pause" },
      { kind: "switch", name: "agent_may_quit" },
      { kind: "switch", name: "live_view" },
      { kind: "switch", name: "live_notice" },
    ],
  },
  {
    key: "picture",
    fields: [
      { kind: "number", name: "look_back_s", min: 0, max: 30, unit: "s" },
      { kind: "choice", name: "monitors", choices: ["active", "all", "primary"] },
      { kind: "number", name: "dwell_ms", min: 0, max: 10_000, unit: "ms" },
      { kind: "number", name: "max_fps", min: 1, max: 15, unit: "fps" },
      { kind: "canvas", name: "canvas" },
    ],
  },
  {
    key: "network",
    fields: [
      { kind: "number", name: "max_kbps", min: 50, max: 100_000, unit: "kbit/s", optional: true },
      { kind: "number", name: "upload_kbps", min: 50, max: 10_000_000, unit: "kbit/s", optional: true },
    ],
  },
];

export const CANVASES = ["1280x720", "1600x900", "1920x1080", "2560x1440", "3840x2160"] as const;

/** What a number field holds while it says nothing that can be saved. */
export const EMPTY = "";

export type Overrides = Readonly<Partial<Record<SettingName, unknown>>>;

/** What holds for a setting with these overrides: its own, else what is inherited; undefined when that is not known. */
export function holds(name: SettingName, overrides: Overrides, inherited: SettingValues | null): unknown {
  const own = overrides[name];
  return own === undefined ? inherited?.[name] : own;
}

export function isIncomplete(overrides: Overrides): boolean {
  return Object.values(overrides).includes(EMPTY);
}
