/** A loader that outlives expired tokens and lost networks, over a scripted loader of hls.js. */

import type { LoaderCallbacks, LoaderConfiguration, LoaderContext } from "hls.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { FreshUrl } from "./fresh-url";
import { tokenLoader } from "./token-loader";

type Script = (callbacks: LoaderCallbacks<LoaderContext>, context: LoaderContext) => void;

const scripted = vi.hoisted(() => ({ asked: [] as string[], script: [] as unknown[] }));

vi.mock("hls.js/light", () => ({
  default: {
    ErrorDetails: { FRAG_LOAD_ERROR: "fragLoadError" },
    DefaultConfig: {
      loader: class {
        stats = {};
        load(context: LoaderContext, _: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
          scripted.asked.push(context.url);
          const next = scripted.script.shift() as Script | undefined;
          next?.(callbacks, context);
        }
        abort(): void {}
        destroy(): void {}
      },
    },
  },
}));

const answers: Script = ({ onSuccess }, context) => {
  onSuccess({ url: context.url, data: "#EXTM3U" }, {} as never, context, null);
};
const refuses =
  (code: number): Script =>
  ({ onError }, context) => {
    onError({ code, text: "" }, context, null, {} as never);
  };

function loading(...script: Script[]) {
  scripted.script.push(...script);
  let token = 1;
  const address = new FreshUrl({
    url: "https://eu.example/1/screen.m3u8",
    live: false,
    renew: () => {
      token += 1;
      return Promise.resolve(`https://eu.example/${String(token)}/screen.m3u8`);
    },
  });
  const loader = new (tokenLoader(address))({} as never);
  const heard: string[] = [];
  loader.load({ url: "", responseType: "text", type: "level" } as LoaderContext, {} as never, {
    onSuccess: () => heard.push("success"),
    onError: ({ code }) => heard.push(`error ${String(code)}`),
    onTimeout: () => heard.push("timeout"),
  });
  return { loader, address, heard };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("XMLHttpRequest", EventTarget);
});

afterEach(() => {
  scripted.asked = [];
  scripted.script = [];
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("TokenLoader", () => {
  it("asks once for a new token when one expired, and hls.js hears only of the answer", async () => {
    const { heard } = loading(refuses(401), answers);
    await vi.runAllTimersAsync();
    expect(heard).toEqual(["success"]);
    expect(scripted.asked).toEqual(["https://eu.example/1/screen.m3u8", "https://eu.example/2/screen.m3u8"]);
  });

  it("gives up when the new token is refused too", async () => {
    const { heard } = loading(refuses(403), refuses(403));
    await vi.runAllTimersAsync();
    expect(heard).toEqual(["error 403"]);
    expect(scripted.asked).toHaveLength(2);
  });

  it.each([[0], [429], [503]])("asks again after %i until it is answered, and says meanwhile that there is trouble", async (code) => {
    const { heard, address } = loading(refuses(code), refuses(code), answers);
    expect(address.news.trouble).not.toBeNull();
    await vi.runAllTimersAsync();
    expect(heard).toEqual(["success"]);
    expect(scripted.asked).toHaveLength(3);
    expect(address.news.trouble).toBeNull();
  });

  it("waits longer each time, but not once the browser has a network again", async () => {
    const { heard } = loading(refuses(0), refuses(0), refuses(0), answers);
    await vi.advanceTimersByTimeAsync(500);
    await vi.advanceTimersByTimeAsync(500);
    expect(scripted.asked).toHaveLength(2); // the second wait is a longer one
    window.dispatchEvent(new Event("online"));
    expect(scripted.asked).toHaveLength(3);
    window.dispatchEvent(new Event("online"));
    expect(heard).toEqual(["success"]);
    await vi.runAllTimersAsync();
    expect(scripted.asked).toHaveLength(4); // no timer of an earlier wait asks again
  });

  it("asks nothing more once it is aborted", async () => {
    const { loader, heard } = loading(refuses(0), answers);
    loader.abort();
    window.dispatchEvent(new Event("online"));
    await vi.runAllTimersAsync();
    expect([heard, scripted.asked.length]).toEqual([[], 1]);
  });

  it("passes on what is no matter of waiting", async () => {
    const { heard } = loading(refuses(404));
    await vi.runAllTimersAsync();
    expect(heard).toEqual(["error 404"]);
    expect(scripted.asked).toHaveLength(1);
  });
});
