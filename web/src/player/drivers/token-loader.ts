/**
 * Loads playlists and segments with the address of the moment. A token that expired in mid play (401 or 403) costs
 * one question for a new one; a network that is lost, or a server that is down, costs the wait until it is back.
 * Neither the buffer nor the place is lost, because hls.js never hears of it.
 */

import type {
  ErrorData,
  FragmentLoaderContext,
  Loader,
  LoaderCallbacks,
  LoaderConfiguration,
  LoaderContext,
  LoaderStats,
} from "hls.js";
import Hls from "hls.js/light";
import i18next from "i18next";

import { problemOf } from "../../api/problem";
import type { MediaFault } from "../engine/driver";
import { faultOf } from "./fault";
import { framesOf } from "./fragment-frames";
import type { FreshUrl } from "./fresh-url";

const REFUSED = new Set([401, 403]);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;
type HlsConfig = ConstructorParameters<typeof Hls.DefaultConfig.loader>[0];

/** Worth asking again without being told to: nobody answered, or somebody said that it is for now. */
function mayPass(code: number): boolean {
  return code === 0 || code === 429 || code >= 500;
}

export function tokenLoader(address: FreshUrl): typeof Hls.DefaultConfig.loader {
  const Inner = Hls.DefaultConfig.loader;

  return class TokenLoader implements Loader<LoaderContext> {
    private inner: Loader<LoaderContext>;
    private gone = false;
    private waitMs = FIRST_WAIT_MS;
    private timer: ReturnType<typeof setTimeout> | null = null;
    private again: () => void = () => undefined;
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
      const start = (isRenewed: boolean) => {
        if (this.gone) return;
        this.inner.destroy();
        this.inner = new Inner(this.config);
        this.attempt(context, config, callbacks, isRenewed);
      };
      this.inner.load(context, config, {
        ...callbacks,
        onSuccess: (response, stats, loaded, details) => {
          address.news.setTrouble(null);
          tellFrames(address, loaded, response.data);
          callbacks.onSuccess(response, stats, loaded, details);
        },
        onTimeout: () => {
          this.later(() => start(false), 0, null);
        },
        onError: (error, failed, details, stats) => {
          if (mayPass(error.code)) {
            this.later(() => start(renewed), error.code, details);
          } else if (renewed || !REFUSED.has(error.code)) {
            callbacks.onError(error, failed, details, stats);
          } else {
            address.renew().then(
              () => start(true),
              (reason: unknown) => {
                const { status } = problemOf(reason);
                if (status === 0 || mayPass(status)) this.later(() => start(false), 0, null);
                else if (!this.gone) callbacks.onError({ code: status, text: "" }, failed, null, stats);
              },
            );
          }
        },
      });
    }

    /** After a while, or as soon as the browser says that there is a network. */
    private later(again: () => void, code: number, networkDetails: ErrorData["networkDetails"]): void {
      if (this.gone) return;
      address.news.setTrouble(troubleOf(code, networkDetails));
      this.again = () => {
        this.rest();
        again();
      };
      this.timer = setTimeout(this.again, this.waitMs);
      this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
      window.addEventListener("online", this.again);
    }

    private rest(): void {
      if (this.timer !== null) clearTimeout(this.timer);
      this.timer = null;
      window.removeEventListener("online", this.again);
    }

    abort(): void {
      this.gone = true;
      this.rest();
      this.inner.abort();
    }

    destroy(): void {
      this.gone = true;
      this.rest();
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

function troubleOf(code: number, networkDetails: ErrorData["networkDetails"]): MediaFault {
  if (code === 0) return { code: "network", message: i18next.t("player:fault.offline"), hint: null };
  const response = { code, text: "", url: "" };
  return faultOf({ details: Hls.ErrorDetails.FRAG_LOAD_ERROR, response, networkDetails: networkDetails ?? null });
}

function addressOf(context: LoaderContext, address: FreshUrl): string {
  const relative = (context as Partial<FragmentLoaderContext>).frag?.relurl;
  return relative ? address.resolve(relative) : address.current;
}

function tellFrames(address: FreshUrl, context: LoaderContext, data: unknown): void {
  const fragment = (context as Partial<FragmentLoaderContext>).frag;
  if (!fragment || fragment.sn === "initSegment" || !(data instanceof ArrayBuffer)) return;
  address.news.loaded(fragment.start * 1000, framesOf(data));
}
