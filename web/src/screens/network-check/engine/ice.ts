/**
 * What WebRTC gets through: the address that STUN sees, and for each rung of TURN two peers that know only their relayed
 * addresses and send messages to and fro. An address alone proves nothing: the relay may refuse to pass anything on.
 */

import type { Ice, Link, Relayed, Rung, Turn } from "./facts";
import { IN_TIME_MS, linkOf } from "./link";
import type { Ports } from "./ports";

const ADDRESS_LIMIT_MS = 4000;
const CONNECT_LIMIT_MS = 6000;
const MESSAGE_BYTES = 200;
const APART_MS = 20;
/** Enough to tell 1 % lost; what goes over TCP loses nothing and need only come back. */
const ECHOES: Readonly<Record<Rung, number>> = { turn_udp: 100, turn_tcp: 10, turn_tls: 10 };

type MakePeer = NonNullable<Ports["peer"]>;

export async function examineIce(ports: Ports, turn: Turn, signal: AbortSignal): Promise<Ice | null> {
  const { peer } = ports;
  if (peer === null) return null;
  const open = new Set<RTCPeerConnection>();
  const make: MakePeer = (config) => {
    const made = peer(config);
    open.add(made);
    return made;
  };
  const closeAll = () => {
    for (const one of open) one.close();
  };
  signal.addEventListener("abort", closeAll);
  try {
    const relayed = (rung: Rung) => relay(ports, make, turn, rung);
    const [seen, udp, tcp, tls] = await Promise.all([seenAddresses(ports, make, turn), relayed("turn_udp"), relayed("turn_tcp"), relayed("turn_tls")]);
    signal.throwIfAborted();
    return { seen, rungs: { turn_udp: udp, turn_tcp: tcp, turn_tls: tls } };
  } finally {
    signal.removeEventListener("abort", closeAll);
    closeAll();
  }
}

export function addressOf({ host, port, tlsPort }: Turn, rung: Rung | "stun"): string {
  if (rung === "stun") return `stun:${host}:${String(port)}`;
  if (rung === "turn_tls") return `turns:${host}:${String(tlsPort)}?transport=tcp`;
  return `turn:${host}:${String(port)}?transport=${rung === "turn_udp" ? "udp" : "tcp"}`;
}

async function seenAddresses(ports: Ports, make: MakePeer, turn: Turn): Promise<readonly string[]> {
  const seen = new Set<string>();
  const peer = make({ iceServers: [{ urls: addressOf(turn, "stun") }] });
  const gathered = new Promise<void>((resolve) => {
    peer.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve();
      else if (candidate.type === "srflx" && candidate.address !== null) seen.add(candidate.address.replaceAll(/[[\]]/g, "")); // Chrome writes [2001:db8::1]
    };
  });
  peer.createDataChannel("probe");
  await peer.setLocalDescription();
  await Promise.race([gathered, ports.wait(ADDRESS_LIMIT_MS)]);
  return [...seen];
}

async function relay(ports: Ports, make: MakePeer, turn: Turn, rung: Rung): Promise<Relayed> {
  const began = ports.now();
  const config: RTCConfiguration = {
    iceServers: [{ urls: addressOf(turn, rung), username: turn.username, credential: turn.password }],
    iceTransportPolicy: "relay",
  };
  const [near, far] = [make(config), make(config)];
  const channel = near.createDataChannel("probe", { ordered: false, maxRetransmits: 0 });
  const opened = new Promise<"open">((resolve) => {
    channel.onopen = () => {
      resolve("open");
    };
  });
  far.ondatachannel = ({ channel: theirs }) => {
    theirs.onmessage = ({ data }: MessageEvent<string>) => {
      theirs.send(data);
    };
  };
  const described = describe(near, far);
  const addresses = [exchange(near, far, described), exchange(far, near, described)] as const;
  await described;
  const found = await Promise.race([Promise.all(addresses.map(({ first }) => first)), ports.wait(ADDRESS_LIMIT_MS).then(() => null)]);
  if (found?.every(Boolean) !== true) return { kind: "no-address", said: addresses.map(({ said }) => said()).find((one) => one !== "") ?? "" };
  const state = await Promise.race([opened, ports.wait(CONNECT_LIMIT_MS)]);
  if (state !== "open") return { kind: "no-echo" };
  const ms = ports.now() - began;
  const link = await echoes(ports, channel, ECHOES[rung]);
  return link.rttMs === null ? { kind: "no-echo" } : { kind: "echo", ms, link };
}

async function describe(near: RTCPeerConnection, far: RTCPeerConnection): Promise<void> {
  await near.setLocalDescription();
  if (near.localDescription) await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription();
  if (far.localDescription) await near.setRemoteDescription(far.localDescription);
}

/** Hand one peer's addresses to the other; `first`: whether it got any, `said`: what the server had against it. */
function exchange(of: RTCPeerConnection, to: RTCPeerConnection, described: Promise<void>) {
  let said = "";
  const first = new Promise<boolean>((resolve) => {
    of.onicecandidate = ({ candidate }) => {
      if (candidate === null) {
        resolve(false);
        return;
      }
      if (candidate.type === "relay") resolve(true);
      // What is late finds the other one closed, which is no loss.
      void described.then(() => to.addIceCandidate(candidate)).catch(() => undefined);
    };
  });
  of.onicecandidateerror = ({ errorCode, errorText }) => {
    said = `${errorText} (${String(errorCode)})`.trim();
  };
  return { first, said: () => said };
}

async function echoes(ports: Ports, channel: RTCDataChannel, count: number): Promise<Link> {
  const sentAt: number[] = [];
  const roundTrips: (number | null)[] = Array.from({ length: count }, () => null);
  const all = new Promise<void>((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<string>) => {
      const number = Number.parseInt(data, 10);
      const sent = sentAt[number];
      if (sent !== undefined) roundTrips[number] = ports.now() - sent;
      if (roundTrips.every((one) => one !== null)) resolve();
    };
  });
  for (let number = 0; number < count; number += 1) {
    if (channel.readyState !== "open") break;
    sentAt[number] = ports.now();
    channel.send(`${String(number)} `.padEnd(MESSAGE_BYTES, "."));
    await ports.wait(APART_MS);
  }
  await Promise.race([all, ports.wait(IN_TIME_MS)]);
  return linkOf(roundTrips);
}
