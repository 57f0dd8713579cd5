/**
 * One attempt at a live picture by WebRTC: a peer connection and its session at the gateway. It connects by itself,
 * says how it is when asked, and decides nothing.
 */

import type { Flow } from "./flow";
import { NO_FLOW, flowOf } from "./flow";
import type { Stats } from "./rung";
import type { Send } from "./whep";
import { WhepSession, isPublishing } from "./whep";

/** As the server gives it: a TURN server of the region with a credential that expires. */
export interface TurnServer {
  readonly host: string;
  readonly port: number;
  readonly tls_port: number;
  readonly username: string;
  readonly password: string;
}

export interface LegOptions {
  readonly whepUrl: string;
  readonly token: string;
  readonly turn: TurnServer | null;
  /** Only over TURN: where a direct path was found, yet nothing came over it. */
  readonly relayOnly: boolean;
}

export interface Leg {
  readonly state: "connecting" | "connected" | "broken";
  /** What the gateway or the browser said when it broke; null: nobody said anything. */
  readonly fault: unknown;
  readonly stream: MediaStream | null;
  sample(): Promise<Flow>;
  publishing(): Promise<boolean | null>;
  renew(token: string): Promise<void>;
  close(): void;
}

/** No longer than this are candidates gathered, and no longer than this after the last that came. */
const GATHER_MS = 2000;
const GATHER_QUIET_MS = 600;

export class WebRtcLeg implements Leg {
  fault: unknown = null;
  stream: MediaStream | null = null;
  private peer: RTCPeerConnection | null = null;
  private session: WhepSession | null = null;
  private token: string;
  private isOver = false;

  constructor(
    private readonly options: LegOptions,
    private readonly makePeer: (configuration: RTCConfiguration) => RTCPeerConnection,
    private readonly send: Send,
  ) {
    this.token = options.token;
    this.connect().catch((reason: unknown) => {
      if (!this.isOver) this.fault = reason;
    });
  }

  get state(): Leg["state"] {
    const state = this.peer?.connectionState;
    if (this.isOver || this.fault !== null || state === "failed" || state === "closed" || state === "disconnected") return "broken";
    return state === "connected" ? "connected" : "connecting";
  }

  async sample(): Promise<Flow> {
    if (this.peer === null || this.isOver) return NO_FLOW;
    return flowOf((await this.peer.getStats()) as unknown as Stats);
  }

  publishing(): Promise<boolean | null> {
    return isPublishing(this.send, this.options.whepUrl, this.token);
  }

  async renew(token: string): Promise<void> {
    this.token = token;
    await this.session?.renew(token);
  }

  close(): void {
    this.isOver = true;
    this.stream = null;
    const { peer, session } = this;
    this.session = null;
    // The gateway first: it would take the end of the connection for the end of the session, and know none to delete.
    if (session === null) peer?.close();
    else void session.end(this.token).then(() => peer?.close());
  }

  private async connect(): Promise<void> {
    const { whepUrl, turn, relayOnly } = this.options;
    const peer = this.makePeer({ iceServers: serversOf(turn), iceTransportPolicy: relayOnly ? "relay" : "all" });
    this.peer = peer;
    const transceiver = peer.addTransceiver("video", { direction: "recvonly" });
    preferH264(transceiver);
    transceiver.receiver.jitterBufferTarget = 0;
    peer.addEventListener("track", ({ track, streams }) => {
      if (!this.isOver) this.stream = streams[0] ?? new MediaStream([track]);
    });
    await peer.setLocalDescription();
    await gathered(peer, relayOnly ? GATHER_MS : GATHER_QUIET_MS);
    if (this.over()) return;
    const { session, answer } = await WhepSession.open(this.send, whepUrl, this.token, peer.localDescription?.sdp ?? "");
    if (this.over()) {
      await session.end(this.token);
      return;
    }
    this.session = session;
    await peer.setRemoteDescription({ type: "answer", sdp: answer });
  }

  /** Asked after every wait: it may have been closed meanwhile. */
  private over(): boolean {
    return this.isOver;
  }
}

/** All of them at once: the browser tries every pair side by side and takes the best that works. */
export function serversOf(turn: TurnServer | null): RTCIceServer[] {
  if (turn === null) return [];
  const { host, port, tls_port: tlsPort, username, password } = turn;
  const plain = `turn:${host}:${String(port)}?transport=`;
  const urls = [`${plain}udp`, `${plain}tcp`, `turns:${host}:${String(tlsPort)}?transport=tcp`];
  return [{ urls, username, credential: password }];
}

/** A new Firefox does not until it has fetched a plug-in, and never where it may not. */
export function playsH264(): boolean {
  return RTCRtpReceiver.getCapabilities("video")?.codecs.some(({ mimeType }) => /h264/i.test(mimeType)) === true;
}

/** The picture is H.264 and passes through: an answer with anything else would show nothing. */
function preferH264(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const isWanted = ({ mimeType }: RTCRtpCodec) => /^video\/(h264|rtx)$/i.test(mimeType);
  const wanted = codecs.filter(isWanted);
  if (wanted.some(({ mimeType }) => /h264/i.test(mimeType))) transceiver.setCodecPreferences(wanted);
}

/** Until no candidate came for a while: a TURN server that does not answer would hold it up for many seconds. */
function gathered(peer: RTCPeerConnection, quietMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(quiet);
      clearTimeout(limit);
      peer.removeEventListener("icecandidate", onCandidate);
      resolve();
    };
    const onCandidate = ({ candidate }: RTCPeerConnectionIceEvent) => {
      clearTimeout(quiet);
      if (candidate === null) done();
      else quiet = setTimeout(done, quietMs);
    };
    let quiet = setTimeout(done, GATHER_MS);
    const limit = setTimeout(done, GATHER_MS);
    peer.addEventListener("icecandidate", onCandidate);
    if (peer.iceGatheringState === "complete") done();
  });
}
