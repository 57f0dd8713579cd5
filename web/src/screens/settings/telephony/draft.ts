/** A telephony source as the form holds it, and the bodies that make and change it. Pure. */

import type { components } from "../../../api/schema";
import type { TelephonySource } from "../queries";

type AsteriskFields = components["schemas"]["AsteriskFields"];

export interface SourceDraft {
  readonly name: string;
  readonly kind: TelephonySource["kind"];
  /** While it is not known whether a call recording is paused; null: as the recording settings say. */
  readonly unknownPause: "pause" | "record" | null;
  /** Seconds; null: silence means nothing. */
  readonly silence: number | null;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly secret: string;
  readonly tls: boolean;
  readonly tlsCa: string;
  /** One a line: what the PBX calls it = the agent. */
  readonly agents: string;
  readonly acwReasons: readonly string[];
  readonly monitorDir: string;
  readonly monitorPrefix: string;
}

export const NEW_SOURCE: SourceDraft = {
  name: "",
  kind: "call_events",
  unknownPause: null,
  silence: null,
  host: "",
  port: 5038,
  username: "",
  secret: "",
  tls: false,
  tlsCa: "",
  agents: "",
  acwReasons: ["ACW"],
  monitorDir: "",
  monitorPrefix: "",
};

export function draftOf(source: TelephonySource): SourceDraft {
  const { asterisk, call_events: events } = source;
  const unknownPause = (asterisk ?? events)?.on_unknown_pause ?? null;
  const shared = { ...NEW_SOURCE, name: source.name, kind: source.kind, unknownPause, silence: events?.silence_s ?? null };
  if (asterisk === null) return shared;
  return {
    ...shared,
    host: asterisk.host,
    port: asterisk.port,
    username: asterisk.username,
    tls: asterisk.tls,
    tlsCa: asterisk.tls_ca ?? "",
    agents: agentLines(asterisk.agents ?? {}),
    acwReasons: asterisk.acw_reasons ?? [],
    monitorDir: asterisk.monitor_dir ?? "",
    monitorPrefix: asterisk.monitor_prefix ?? "",
  };
}

export function agentLines(agents: Readonly<Record<string, string>>): string {
  return Object.entries(agents)
    .map(([name, agent]) => `${name} = ${agent}`)
    .join("\n");
}

/** The pairs of the lines, and the numbers (from 1) of those that are none. */
export function readAgentLines(text: string): { readonly agents: Record<string, string>; readonly faults: number[] } {
  const pairs: [string, string][] = [];
  const faults: number[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const at = line.lastIndexOf("=");
    const [name, agent] = [line.slice(0, Math.max(0, at)).trim(), line.slice(at + 1).trim()];
    if (at < 0 || name === "" || agent === "") faults.push(index + 1);
    else pairs.push([name, agent]);
  }
  return { agents: Object.fromEntries(pairs), faults };
}

const orNull = (text: string) => (text.trim() === "" ? null : text.trim());

export function fieldsOf(draft: SourceDraft): AsteriskFields {
  return {
    on_unknown_pause: draft.unknownPause,
    host: draft.host.trim(),
    port: draft.port,
    username: draft.username.trim(),
    tls: draft.tls,
    tls_ca: orNull(draft.tlsCa),
    agents: readAgentLines(draft.agents).agents,
    acw_reasons: [...draft.acwReasons],
    monitor_dir: orNull(draft.monitorDir),
    monitor_prefix: orNull(draft.monitorPrefix),
  };
}

function eventFields(draft: SourceDraft): components["schemas"]["CallEventsFields"] {
  return { on_unknown_pause: draft.unknownPause, silence_s: draft.silence };
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;

export type SourceFault = "name" | "host" | "username" | "secret" | "agents";

export function faultsOf(draft: SourceDraft, isNew: boolean): ReadonlySet<SourceFault> {
  const faults = new Set<SourceFault>();
  if (!NAME.test(draft.name.trim())) faults.add("name");
  if (draft.kind === "asterisk") {
    if (draft.host.trim() === "") faults.add("host");
    if (draft.username.trim() === "") faults.add("username");
    if (isNew && draft.secret === "") faults.add("secret");
    if (readAgentLines(draft.agents).faults.length > 0) faults.add("agents");
  }
  return faults;
}

export function newBody(draft: SourceDraft): components["schemas"]["NewSource"] {
  const shared = { name: draft.name.trim(), kind: draft.kind };
  if (draft.kind === "asterisk") return { ...shared, asterisk: fieldsOf(draft), secret: draft.secret };
  return { ...shared, call_events: eventFields(draft) };
}

/** What is not given stays: an empty secret is the one that is stored. */
export function changeBody(draft: SourceDraft): components["schemas"]["SourceChange"] {
  if (draft.kind === "call_events") return { call_events: eventFields(draft) };
  return { asterisk: fieldsOf(draft), ...(draft.secret === "" ? {} : { secret: draft.secret }) };
}
