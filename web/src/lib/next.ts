/** Where to go after signing in: a path of this site and nothing else. */
export function safeNext(next: string | null): string {
  if (next === null) return "/activities";
  try {
    const base = "http://deskreel.invalid";
    const url = new URL(next, base);
    const inside = url.origin === base && next.startsWith("/") && !url.pathname.startsWith("/sign-in");
    return inside ? `${url.pathname}${url.search}` : "/activities";
  } catch {
    return "/activities";
  }
}
