/** Small pictures of screen recordings: which one shows a moment. Pure. */

export interface Tile {
  /** Wall time in ms, and that of the next picture's begin. */
  readonly at: number;
  readonly until: number | null;
  /** Relative to the address of the list. */
  readonly uri: string;
}

export interface Tiles {
  readonly width: number;
  readonly height: number;
  readonly tiles: readonly Tile[];
}

export interface Sheet extends Tiles {
  /** Of its screen recording. */
  readonly id: string;
}

/** A picture of that moment, of the preferred screen if that has one: another may be shown there than where one stands. */
export function tileAt(sheets: readonly Sheet[], wallMs: number, preferred: string | null): { readonly sheet: Sheet; readonly tile: Tile } | null {
  const found = sheets.flatMap((sheet) => {
    const tile = sheet.tiles.findLast(({ at, until }) => at <= wallMs && (until === null || wallMs < until));
    return tile ? [{ sheet, tile }] : [];
  });
  return found.find(({ sheet }) => sheet.id === preferred) ?? found[0] ?? null;
}
