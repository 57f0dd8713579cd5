/**
 * The address of one playlist, which changes: it carries a short-lived token, and a live one also says what the
 * token's owner may see by now. Whoever loads asks here each time; who is refused asks for a new address once.
 */

import { LoadNews } from "./load-news";

/** What the server offers at this moment. */
export interface Offer {
  readonly url: string;
  /** More may come, so an answer of "nothing there" is not the last word. */
  readonly live: boolean;
  /** Ask the server for a new address. */
  readonly renew: () => Promise<string>;
}

export class FreshUrl {
  /** What those who load from here have to tell. */
  readonly news = new LoadNews();
  private asking: Promise<void> | null = null;

  constructor(private offer: Offer) {}

  get current(): string {
    return this.offer.url;
  }

  get isLive(): boolean {
    return this.offer.live;
  }

  /** A newer offer came in by itself. */
  use(offer: Offer): void {
    this.offer = offer;
  }

  /** Ask for a new address; all who wait share one question. */
  renew(): Promise<void> {
    this.asking ??= this.offer
      .renew()
      .then((url) => {
        this.offer = { ...this.offer, url };
      })
      .finally(() => {
        this.asking = null;
      });
    return this.asking;
  }

  /** Where a line of the playlist is now. */
  resolve(relative: string): string {
    return new URL(relative, new URL(this.offer.url, globalThis.location?.href)).href;
  }
}
