/** RTCPeerConnections by script. */

/** What a way between two peers does with what is sent over it. */
export interface Way {
  /** ms to and fro; null: nothing comes back. */
  readonly echoMs: number | null;
  readonly relays: boolean;
  readonly refuses?: string;
  /** Every so many messages one is lost. */
  readonly loses?: number;
}

/** Those of one rung find each other when both have an address. */
export class FakePeer {
  static waiting = new Map<string, FakePeer>();
  static open = 0;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  onicecandidateerror: ((event: { errorCode: number; errorText: string }) => void) | null = null;
  ondatachannel: ((event: { channel: unknown }) => void) | null = null;
  localDescription: object | null = null;
  remote = false;
  added = 0;
  channel: FakeChannel | null = null;
  constructor(
    readonly config: RTCConfiguration,
    readonly ways: Readonly<Record<string, Way>>,
    readonly seen: readonly string[],
  ) {
    FakePeer.open += 1;
  }
  get url(): string {
    return this.config.iceServers === undefined ? "direct" : String(this.config.iceServers[0]?.urls);
  }
  get way(): Way {
    return this.ways[this.url] ?? { echoMs: null, relays: false };
  }
  /** A live view's own way, to a gateway in place of another peer. */
  connectionState = "new";
  onconnectionstatechange: (() => void) | null = null;
  addTransceiver() {
    return undefined;
  }
  createDataChannel() {
    this.channel = new FakeChannel(this);
    return this.channel;
  }
  async setLocalDescription() {
    this.localDescription = {};
    setTimeout(() => {
      if (this.url.startsWith("stun:")) for (const address of this.seen) this.onicecandidate?.({ candidate: { type: "srflx", address } });
      else if (this.url === "direct") this.localDescription = { sdp: "offer" };
      else if (this.way.relays) this.onicecandidate?.({ candidate: { type: "relay", address: "10.0.0.1" } });
      else if (this.way.refuses !== undefined) this.onicecandidateerror?.({ errorCode: 401, errorText: this.way.refuses });
      else return; // a port where nobody answers: gathering goes on and on
      this.onicecandidate?.({ candidate: null });
    }, 10);
  }
  async setRemoteDescription() {
    this.remote = true;
    if (this.url !== "direct" || !this.way.relays) return;
    this.connectionState = "connected";
    setTimeout(() => this.onconnectionstatechange?.(), this.way.echoMs ?? 0);
  }
  async addIceCandidate() {
    if (!this.remote) throw new Error("InvalidStateError");
    this.added += 1;
    const other = FakePeer.waiting.get(this.url);
    if (!other) {
      FakePeer.waiting.set(this.url, this);
      return;
    }
    if (other === this || this.way.echoMs === null) return;
    const near = this.channel ? this : other;
    const far = near === this ? other : this;
    far.ondatachannel?.({ channel: near.channel?.pair });
    if (near.channel) {
      near.channel.readyState = "open";
      near.channel.onopen?.();
    }
  }
  close() {
    FakePeer.open -= 1;
  }
}

class FakeChannel {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  readyState = "connecting";
  sent = 0;
  readonly pair = { onmessage: null as ((event: { data: string }) => void) | null, send: (data: string) => this.onmessage?.({ data }) };
  constructor(readonly peer: FakePeer) {}
  send(data: string) {
    this.sent += 1;
    const { echoMs, loses } = this.peer.way;
    if (loses !== undefined && this.sent % loses === 0) return;
    setTimeout(() => this.pair.onmessage?.({ data }), echoMs ?? 0);
  }
}
