/**
 * Loads playlists and segments with the address of the moment. A token that expired in mid play (401 or 403) costs
 * one question for a new one; neither the buffer nor the place is lost, because hls.js never hears of it.
 *
 * A playlist that is asked for ahead of time comes back unchanged when nothing was added for some seconds (the call is
 * paused): it is asked for again here, for hls.js would wait half a target duration, half a minute, before it does.
 */

import type {
  FragmentLoaderContext,
  Loader,
  LoaderCallbacks,
  LoaderConfiguration,
  LoaderContext,
  LoaderStats,
} from "hls.js";
import Hls from "hls.js/light";

import type { FreshUrl } from "./fresh-url";

const REFUSED = new Set([401, 403]);
type HlsConfig = ConstructorParameters<typeof Hls.DefaultConfig.loader>[0];

export function tokenLoader(address: FreshUrl): typeof Hls.DefaultConfig.loader {
  const Inner = Hls.DefaultConfig.loader;
  let lastPlaylist: unknown = null;

  return class TokenLoader implements Loader<LoaderContext> {
    private inner: Loader<LoaderContext>;
    private gone = false;
    context: LoaderContext | null = null;

    constructor(private readonly config: HlsConfig) {
      this.inner = new Inner(config);
    }

    get stats(): LoaderStats {
      return this.inner.stats;
    }

    load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
      this.context = context;
      this.attempt(context, config, callbacks, false);
    }

    private attempt(
      context: LoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>,
      renewed: boolean,
    ): void {
      const directives = directivesOf(context.url);
      context.url = addressOf(context, address) + directives;
      this.inner.load(context, config, {
        ...callbacks,
        onSuccess: (response, stats, loaded, details) => {
          const unchanged = directives !== "" && response.data === lastPlaylist;
          if (relativeUrl(loaded) === undefined) lastPlaylist = response.data;
          if (!unchanged) callbacks.onSuccess(response, stats, loaded, details);
          else if (!this.gone) this.again(context, config, callbacks, false);
        },
        onError: (error, failed, details, stats) => {
          if (renewed || !REFUSED.has(error.code)) {
            callbacks.onError(error, failed, details, stats);
            return;
          }
          address.renew().then(
            () => {
              if (!this.gone) this.again(context, config, callbacks, true);
            },
            () => {
              if (!this.gone) callbacks.onError(error, failed, details, stats);
            },
          );
        },
      });
    }

    private again(...attempt: Parameters<TokenLoader["attempt"]>): void {
      this.inner.destroy();
      this.inner = new Inner(this.config);
      this.attempt(...attempt);
    }

    abort(): void {
      this.gone = true;
      this.inner.abort();
    }

    destroy(): void {
      this.gone = true;
      this.inner.destroy();
    }

    getCacheAge(): number | null {
      return this.inner.getCacheAge?.() ?? null;
    }

    getResponseHeader(name: string): string | null {
      return this.inner.getResponseHeader?.(name) ?? null;
    }
  };
}

function addressOf(context: LoaderContext, address: FreshUrl): string {
  const relative = relativeUrl(context);
  return relative ? address.resolve(relative) : address.current;
}

/** Of a segment or a part of one; undefined for a playlist. */
function relativeUrl(context: LoaderContext): string | undefined {
  const { part, frag } = context as Partial<FragmentLoaderContext>;
  return part?.relurl ?? frag?.relurl;
}

/** What hls.js asks of the playlist: to wait until this segment and part are in it. */
function directivesOf(url: string): string {
  const query = new URL(url, window.location.href).searchParams;
  const asked = [...query].filter(([name]) => name.startsWith("_HLS_"));
  return asked.length === 0 ? "" : `?${new URLSearchParams(asked).toString()}`;
}
