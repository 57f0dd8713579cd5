/** Channel over BroadcastChannel: tabs of one browser, one site. */

import { randomName } from "../../lib/random-name";
import type { Channel, Message } from "../engine/peers/messages";
import { isMessage } from "../engine/peers/messages";

export class BroadcastPeers implements Channel {
  private readonly channel: BroadcastChannel;

  constructor(name: string) {
    this.channel = new BroadcastChannel(name);
  }

  send(message: Message): void {
    this.channel.postMessage(message);
  }

  listen(listener: (message: Message) => void): () => void {
    const onMessage = ({ data }: MessageEvent<unknown>) => {
      if (isMessage(data)) listener(data);
    };
    this.channel.addEventListener("message", onMessage);
    return () => {
      this.channel.removeEventListener("message", onMessage);
    };
  }

  close(): void {
    this.channel.close();
  }
}

const SEEN = "deskreel.player.channel";

/** The channel of this tab's player of one interaction: the same after a reload, another one in every other tab. */
export function channelOf(interactionId: string): string {
  const key = `${SEEN}.${interactionId}`;
  const known = sessionStorage.getItem(key);
  return known ?? anotherChannel(interactionId);
}

/** A tab that was duplicated has its origin's memory, and so its channel: take another. */
export function anotherChannel(interactionId: string): string {
  const made = randomName(8);
  sessionStorage.setItem(`${SEEN}.${interactionId}`, made);
  return made;
}

export function channelName(interactionId: string, channel: string): string {
  return `deskreel.play.${interactionId}.${channel}`;
}
