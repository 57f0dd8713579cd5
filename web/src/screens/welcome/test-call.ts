/** The events of a test call: what a telephony would say of one recorded call, and when. Pure. */

export interface CallEvent {
  readonly event_id: string;
  readonly kind: string;
  readonly agent: string;
  readonly occurred_at: number;
  readonly call_id?: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TestCall {
  readonly callId: string;
  /** As the telephony names the agent. */
  readonly agent: string;
}

/** After Call Work, which the agent's status ends. */
export const ACW_S = 5;

export function beginning(call: TestCall, at: number): CallEvent[] {
  return [
    { ...said(call, "call.answered", at), attributes: { direction: "inbound", caller: "+10005550100", queue: "First steps" } },
    said(call, "recording.started", at),
  ];
}

export function ending(call: TestCall, at: number): CallEvent[] {
  return [said(call, "call.ended", at), status(call, "after_call_work", at)];
}

/** The agent takes calls again: After Call Work is over. */
export function available(call: TestCall, at: number): CallEvent[] {
  return [status(call, "available", at)];
}

function said(call: TestCall, kind: string, at: number): CallEvent {
  return { event_id: `${call.callId}-${kind}`, kind, agent: call.agent, call_id: call.callId, occurred_at: at, attributes: {} };
}

function status(call: TestCall, name: string, at: number): CallEvent {
  return {
    event_id: `${call.callId}-${name}`,
    kind: "agent.status",
    agent: call.agent,
    occurred_at: at,
    attributes: { status: name },
  };
}
