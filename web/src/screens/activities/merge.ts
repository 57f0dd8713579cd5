/** The newest page of the list, asked for again and again, laid over what was loaded before. Pure. */

export interface Item {
  readonly id: string;
}

export interface Page<T extends Item> {
  readonly items: readonly T[];
}

export interface Merged<P> {
  readonly pages: readonly P[];
  /** How many of the head are not in the pages; they are added in front if that was asked for. */
  readonly fresh: number;
  /** The head does not reach what was loaded: something may lie between, and the list has to be asked for anew. */
  readonly gap: boolean;
}

/** Pages with the head's items in place of older states of theirs; new ones in front of the first if `take`. */
export function mergeHead<T extends Item, P extends Page<T>>(
  pages: readonly P[],
  head: readonly T[],
  { take, newestFirst }: { readonly take: boolean; readonly newestFirst: boolean },
): Merged<P> {
  const now = new Map(head.map((item) => [item.id, item]));
  const known = new Set(pages.flatMap((page) => page.items.map((item) => item.id)));
  const fresh = newestFirst ? head.filter((item) => !known.has(item.id)) : [];
  const gap = newestFirst && known.size > 0 && fresh.length === head.length && head.length > 0;
  const merged = pages.map((page, index) => {
    const items = page.items.map((item) => now.get(item.id) ?? item);
    return { ...page, items: index === 0 && take && !gap ? [...fresh, ...items] : items };
  });
  return { pages: merged, fresh: fresh.length, gap };
}
