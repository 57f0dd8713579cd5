/** Links to a moment: `?t=<seconds>`, also written as minutes and seconds by hand ("12:30", "1:02:03"). */

const PARAMETER = "t";
const DAY_MS = 86_400_000;

/** Position in ms, or null when there is none that makes sense. */
export function readMoment(value: string | null): number | null {
  if (value === null || !/^\d{1,6}(:\d{1,2}){0,2}([.]\d{1,3})?$/.test(value)) return null;
  const seconds = value.split(":").reduce((total, part) => total * 60 + Number(part), 0);
  const ms = Math.round(seconds * 1000);
  return ms <= DAY_MS ? ms : null;
}

export function momentOf(search: URLSearchParams): number | null {
  return readMoment(search.get(PARAMETER));
}

/** The address of the page at a moment; whatever else it says stays. */
export function linkTo(address: string, positionMs: number): string {
  const url = new URL(address);
  url.searchParams.set(PARAMETER, String(Math.round(positionMs / 100) / 10));
  return url.href;
}
