/** Aborted with `signal`, or after `ms`: nothing that is asked of a network may last for ever. */
export function within(ms: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}
