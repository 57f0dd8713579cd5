import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { ApiError } from "../api/problem";
import { WebRtcLeg, serversOf } from "./leg";
import type { Send } from "./whep";

const WHEP = "http://server.test/gateway/v1/live/scr_1/whep";

/** As much of RTCPeerConnection as a viewer uses; candidates come when the test says so. */
class FakePeer extends EventTarget {
  connectionState = "new";
  iceGatheringState = "gathering";
  localDescription: { sdp: string } | null = null;
  remote: string | null = null;
  receiver = { jitterBufferTarget: null as number | null };
  preferences: { mimeType: string }[] = [];

  constructor(readonly configuration: RTCConfiguration) {
    super();
  }

  addTransceiver() {
    return { receiver: this.receiver, setCodecPreferences: (codecs: { mimeType: string }[]) => (this.preferences = codecs) };
  }

  setLocalDescription() {
    this.localDescription = { sdp: "v=0 offer" };
    return Promise.resolve();
  }

  setRemoteDescription({ sdp }: { sdp: string }) {
    this.remote = sdp;
    return Promise.resolve();
  }

  candidate(candidate: object | null) {
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
  }

  close() {
    this.connectionState = "closed";
  }
}

let peer: FakePeer;
let sent: { url: string; init: RequestInit }[];
let answer: () => Response;
const send: Send = (url, init) => {
  sent.push({ url, init });
  return Promise.resolve(answer());
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("RTCRtpReceiver", {
    getCapabilities: () => ({ codecs: ["video/VP8", "video/H264", "video/rtx", "video/AV1"].map((mimeType) => ({ mimeType })) }),
  });
  sent = [];
  answer = () => new Response("v=0 answer", { status: 201, headers: { Location: "/gateway/v1/live/sessions/7" } });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function leg(relayOnly = false) {
  const make = (configuration: RTCConfiguration) => (peer = new FakePeer(configuration)) as unknown as RTCPeerConnection;
  return new WebRtcLeg({ whepUrl: WHEP, token: "t1", turn: null, relayOnly }, make, send);
}

describe("a leg", () => {
  it("offers once candidates have stopped coming, prefers H.264, and takes the answer", async () => {
    const one = leg();
    await vi.advanceTimersByTimeAsync(100);
    peer.candidate({});
    await vi.advanceTimersByTimeAsync(500);
    peer.candidate({});
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(sent[0]).toMatchObject({ url: WHEP, init: { method: "POST", body: "v=0 offer" } });
    expect(peer.remote).toBe("v=0 answer");
    expect(peer.preferences.map(({ mimeType }) => mimeType)).toEqual(["video/H264", "video/rtx"]);
    expect(peer.receiver.jitterBufferTarget).toBe(0);
    expect(one.state).toBe("connecting");
    peer.connectionState = "connected";
    expect(one.state).toBe("connected");
    peer.connectionState = "disconnected";
    expect(one.state).toBe("broken");
  });

  it.each([
    ["with none", 2000],
    ["with one after another", 2000],
  ])("waits no longer than 2 s for candidates, %s", async (name, limit) => {
    leg();
    for (let at = 0; at < limit; at += 500) {
      await vi.advanceTimersByTimeAsync(490);
      if (name !== "with none") peer.candidate({});
      expect(sent).toEqual([]);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(sent).toHaveLength(1);
  });

  it("renews and ends its session where the gateway put it, also while the page is left", async () => {
    const one = leg();
    await vi.advanceTimersByTimeAsync(0);
    peer.candidate(null);
    await vi.advanceTimersByTimeAsync(0);
    answer = () => new Response(null, { status: 204 });
    await one.renew("t2");
    one.close();
    const session = "http://server.test/gateway/v1/live/sessions/7";
    expect(sent.slice(1)).toMatchObject([
      { url: `${session}/token`, init: { method: "PUT", headers: { Authorization: "Bearer t2" } } },
      { url: session, init: { method: "DELETE", keepalive: true, headers: { Authorization: "Bearer t2" } } },
    ]);
    expect(one.state).toBe("broken");
    await vi.advanceTimersByTimeAsync(0);
    expect(peer.connectionState).toBe("closed");
    one.close();
    expect(sent).toHaveLength(3);
  });

  it("closes its connection also when the gateway does not answer any more", async () => {
    const limit = new AbortController();
    const silent: Send = (url, init) =>
      init.method === "POST" ? send(url, init) : new Promise((_, reject) => init.signal?.addEventListener("abort", reject));
    const make = (configuration: RTCConfiguration) => (peer = new FakePeer(configuration)) as unknown as RTCPeerConnection;
    const one = new WebRtcLeg({ whepUrl: WHEP, token: "t1", turn: null, relayOnly: false }, make, silent);
    await vi.advanceTimersByTimeAsync(2000);
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(limit.signal);
    one.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(peer.connectionState).toBe("new");
    limit.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(peer.connectionState).toBe("closed");
    vi.restoreAllMocks();
  });

  it("ends a session that was opened for somebody who has left", async () => {
    let settle: (response: Response) => void = () => undefined;
    const slow: Send = (url, init) => {
      sent.push({ url, init });
      return init.method === "POST" ? new Promise((resolve) => (settle = resolve)) : Promise.resolve(new Response(null, { status: 200 }));
    };
    const make = (configuration: RTCConfiguration) => (peer = new FakePeer(configuration)) as unknown as RTCPeerConnection;
    const one = new WebRtcLeg({ whepUrl: WHEP, token: "t1", turn: null, relayOnly: false }, make, slow);
    await vi.advanceTimersByTimeAsync(2000);
    one.close();
    settle(answer());
    await vi.advanceTimersByTimeAsync(0);
    expect(sent.map(({ init }) => init.method)).toEqual(["POST", "DELETE"]);
    expect(one.fault).toBeNull();
  });

  it("keeps what the gateway said when it refused", async () => {
    answer = () => Response.json({ code: "live_full", title: "Full", status: 503 }, { status: 503 });
    const one = leg();
    await vi.advanceTimersByTimeAsync(2000);
    expect(one.state).toBe("broken");
    expect((one.fault as ApiError).problem.code).toBe("live_full");
  });

  it("asks the gateway whether anybody sends", async () => {
    const one = leg();
    await vi.advanceTimersByTimeAsync(2000);
    answer = () => Response.json({ publishing: false });
    await expect(one.publishing()).resolves.toBe(false);
    expect(sent.at(-1)?.url).toBe("http://server.test/gateway/v1/live/scr_1");
    answer = () => new Response("gone", { status: 502 });
    await expect(one.publishing()).resolves.toBeNull();
  });
});

it("all ways over TURN are tried at once", () => {
  const turn = { host: "turn.eu.test", port: 3478, tls_port: 443, username: "1:u", password: "p" };
  expect(serversOf(turn)).toEqual([
    {
      urls: ["turn:turn.eu.test:3478?transport=udp", "turn:turn.eu.test:3478?transport=tcp", "turns:turn.eu.test:443?transport=tcp"],
      username: "1:u",
      credential: "p",
    },
  ]);
  expect(serversOf(null)).toEqual([]);
});
