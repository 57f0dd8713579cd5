/** A name that nobody else makes, in hex; also where pages come over plain http, which has no crypto.randomUUID. */
export function randomName(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
