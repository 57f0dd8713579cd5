/**
 * Loads playlists and segments with the address of the moment. A token that expired in mid play (401 or 403) costs
 * one question for a new one; neither the buffer nor the place is lost, because hls.js never hears of it.
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
      context.url = addressOf(context, address);
      this.inner.load(context, config, {
        ...callbacks,
        onError: (error, failed, details, stats) => {
          if (renewed || !REFUSED.has(error.code)) {
            callbacks.onError(error, failed, details, stats);
            return;
          }
          address.renew().then(
            () => {
              if (this.gone) return;
              this.inner.destroy();
              this.inner = new Inner(this.config);
              this.attempt(context, config, callbacks, true);
            },
            () => {
              if (!this.gone) callbacks.onError(error, failed, details, stats);
            },
          );
        },
      });
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
  const relative = (context as Partial<FragmentLoaderContext>).frag?.relurl;
  return relative ? address.resolve(relative) : address.current;
}
