/** What the driver does when hls.js gives up, with hls.js and the media element as scripts. */

import type { ErrorData } from "hls.js";
import { ErrorDetails, ErrorTypes } from "hls.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { DriverEvent } from "../engine/driver";
import { FreshUrl } from "./fresh-url";
import { HlsDriver } from "./hls-driver";

/** One hls.js: what it was told, and the way to let it report. */
class ScriptedHls {
  static made: ScriptedHls[] = [];
  static readonly Events = { ERROR: "error", LEVEL_UPDATED: "updated", LEVEL_PTS_UPDATED: "pts" };
  static readonly ErrorTypes = ErrorTypes;
  static readonly ErrorDetails = ErrorDetails;
  static readonly DefaultConfig = { loader: EventTarget };
  readonly told: string[] = [];
  private readonly listeners = new Map<string, (name: string, data: unknown) => void>();

  constructor(readonly config: { readonly startPosition: number }) {
    ScriptedHls.made.push(this);
  }

  on(name: string, listener: (name: string, data: unknown) => void): void {
    this.listeners.set(name, listener);
  }

  fail(data: Partial<ErrorData>): void {
    this.listeners.get(ScriptedHls.Events.ERROR)?.("error", { fatal: true, ...data });
  }

  loadSource(url: string): void {
    this.told.push(`load ${url}`);
  }

  attachMedia(): void {
    this.told.push("attach");
  }

  recoverMediaError(): void {
    this.told.push("recover");
  }

  stopLoad(): void {
    this.told.push("stop");
  }

  destroy(): void {
    this.told.push("destroy");
  }
}

vi.mock("hls.js/light", () => ({
  get default() {
    return ScriptedHls;
  },
}));

class ScriptedElement extends EventTarget {
  currentTime = 0;
  readyState = 4;
  seeking = false;
  ended = false;
  paused = true;
  duration = 600;
  buffered = { length: 0 };
  playbackRate = 1;
  defaultPlaybackRate = 1;
  error: { readonly message: string } | null = null;
  plays = 0;

  play(): Promise<void> {
    this.plays += 1;
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
  }

  /** As an element does that finds that it cannot go on. */
  fail(message: string): void {
    this.error = { message };
    this.dispatchEvent(new Event("error"));
  }
}

const MEDIA_ERROR = { type: ErrorTypes.MEDIA_ERROR, details: ErrorDetails.BUFFER_APPEND_ERROR };
const NETWORK_ERROR = { type: ErrorTypes.NETWORK_ERROR, details: ErrorDetails.FRAG_LOAD_ERROR };

function driving({ live = false } = {}) {
  const element = new ScriptedElement();
  const address = new FreshUrl({ url: "https://eu.example/screen.m3u8", live, renew: () => Promise.reject(new Error("not asked")) });
  const driver = new HlsDriver(element as unknown as HTMLMediaElement, address);
  const events: DriverEvent["kind"][] = [];
  driver.subscribe((event) => events.push(event.kind));
  const hls = () => ScriptedHls.made.at(-1) as ScriptedHls;
  return { driver, element, events, hls };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("HTMLMediaElement", { HAVE_CURRENT_DATA: 2, HAVE_FUTURE_DATA: 3 });
  vi.stubGlobal("XMLHttpRequest", EventTarget);
});

afterEach(() => {
  ScriptedHls.made = [];
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a media error", () => {
  it("is recovered from at the same place, and nobody sees the element stand at 0 meanwhile", () => {
    const { driver, element, hls } = driving();
    element.currentTime = 83.5;
    hls().fail(MEDIA_ERROR);
    expect(hls().told).toContain("recover");
    element.currentTime = 0; // the element loads anew
    expect(driver.sample()).toMatchObject({ mediaMs: 83_500, seeking: true, fault: null });
    element.dispatchEvent(new Event("progress"));
    expect(element.currentTime).toBe(83.5);
    expect(driver.sample()).toMatchObject({ mediaMs: 83_500, seeking: false, fault: null });
    expect(ScriptedHls.made).toHaveLength(1);
  });

  it("that comes again is a fault, told once; trying again begins there with a new hls.js, which may recover too", () => {
    const { driver, element, events, hls } = driving();
    element.currentTime = 83.5;
    hls().fail(MEDIA_ERROR);
    element.dispatchEvent(new Event("progress"));
    hls().fail(MEDIA_ERROR);
    expect(driver.sample().fault).toMatchObject({ code: ErrorDetails.BUFFER_APPEND_ERROR });
    expect(events.at(-1)).toBe("change");
    const [broken] = ScriptedHls.made;
    driver.retry();
    expect(broken?.told.at(-1)).toBe("destroy");
    expect(hls().config.startPosition).toBe(83.5);
    expect(hls().told).toEqual(["load https://eu.example/screen.m3u8", "attach"]);
    expect(driver.sample().fault).toBeNull();
    hls().fail(MEDIA_ERROR);
    expect(hls().told).toContain("recover");
    expect(driver.sample().fault).toBeNull();
  });
});

describe("an element that loads anew", () => {
  it("plays on if it was to play, for loading makes it stand", () => {
    const { driver, element, hls } = driving();
    driver.play();
    hls().fail(MEDIA_ERROR);
    expect(element.plays).toBe(2);
    hls().fail(MEDIA_ERROR);
    driver.retry();
    expect(element.plays).toBe(3);
  });

  it("stands if it was to stand", () => {
    const { driver, element, hls } = driving();
    driver.play();
    driver.pause();
    hls().fail(MEDIA_ERROR);
    hls().fail(MEDIA_ERROR);
    driver.retry();
    expect([element.plays, element.paused]).toEqual([1, true]);
  });
});

describe("an error of the element itself, of which hls.js says nothing", () => {
  it("is recovered from once", () => {
    const { driver, element, hls } = driving();
    element.fail("decode");
    expect(hls().told).toContain("recover");
    expect(driver.sample().fault).toBeNull();
    element.fail("decode");
    expect(driver.sample().fault).not.toBeNull();
  });

  it("that was over before it was told changes nothing", () => {
    const { element, hls } = driving();
    element.dispatchEvent(new Event("error"));
    expect(hls().told).not.toContain("recover");
  });

  it.each(["OnMediaSinkAudioError", "NS_ERROR_DOM_MEDIA_CUBEB_INITIALIZATION_ERR (0x806e000b)"])(
    "is a fault at once where the computer has no sound output: %s",
    (message) => {
      const { driver, element, events, hls } = driving();
      element.fail(message);
      hls().fail(MEDIA_ERROR); // what was loaded cannot be appended either
      expect(driver.sample().fault).toMatchObject({ code: "no_sound_output" });
      expect(events).toContain("change");
      expect(hls().told).not.toContain("recover");
      expect(hls().told).toContain("stop");
    },
  );
});

describe("a network error", () => {
  it("in a live recording waits and begins anew at the same place, once for any number of errors", () => {
    const { driver, element, hls } = driving({ live: true });
    element.currentTime = 41;
    hls().fail(NETWORK_ERROR);
    hls().fail({ ...NETWORK_ERROR, details: ErrorDetails.LEVEL_LOAD_ERROR });
    expect(driver.sample().fault).toBeNull();
    expect(ScriptedHls.made).toHaveLength(1);
    vi.runAllTimers();
    expect(ScriptedHls.made).toHaveLength(2);
    expect(ScriptedHls.made[0]?.told.at(-1)).toBe("destroy");
    expect(hls().config.startPosition).toBe(41);
  });

  it("of a live recording that is no longer looked at begins nothing", () => {
    const { driver, hls } = driving({ live: true });
    hls().fail(NETWORK_ERROR);
    driver.dispose();
    vi.runAllTimers();
    expect(ScriptedHls.made).toHaveLength(1);
  });

  it("in a finished recording is a fault with the status", () => {
    const { driver, events, hls } = driving();
    hls().fail({ ...NETWORK_ERROR, response: { code: 403, text: "", url: "" } });
    expect(driver.sample().fault).toMatchObject({ code: ErrorDetails.FRAG_LOAD_ERROR, hint: null });
    expect(events).toEqual(["change"]);
    vi.runAllTimers();
    expect(ScriptedHls.made).toHaveLength(1);
  });

  it("that hls.js deals with itself changes nothing, unless a finished recording is gone: then nobody waits for it", () => {
    const { driver, events, hls } = driving();
    hls().fail({ ...NETWORK_ERROR, fatal: false, response: { code: 503, text: "", url: "" } });
    expect([driver.sample().fault, events]).toEqual([null, []]);
    hls().fail({ ...NETWORK_ERROR, fatal: false, response: { code: 410, text: "", url: "" } });
    expect(hls().told).toContain("stop");
    expect(driver.sample().fault).toMatchObject({ code: ErrorDetails.FRAG_LOAD_ERROR });
  });

  it("of a chunk that a live recording does not have yet stops nothing", () => {
    const { driver, hls } = driving({ live: true });
    hls().fail({ ...NETWORK_ERROR, fatal: false, response: { code: 404, text: "", url: "" } });
    expect(hls().told).not.toContain("stop");
    expect(driver.sample().fault).toBeNull();
  });
});
