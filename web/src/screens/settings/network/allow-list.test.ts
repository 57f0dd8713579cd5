import { expect, test } from "vitest";

import type { NetworkRegion, Opening } from "../queries";
import { addressesOf, allowList } from "./allow-list";

const opening = (host: string, port: number | null, purpose: Opening["purpose"], protocol: Opening["protocol"] = "tcp"): Opening => ({
  host,
  port,
  protocol,
  purpose,
  live_only: purpose !== "media" && purpose !== "pages",
});

const REGION: NetworkRegion = {
  name: "eu",
  home: true,
  gateway_url: "https://media-eu.example.com",
  live_urls: [],
  turn_host: "turn-eu.example.com",
  turn_port: 3478,
  turn_tls_port: 443,
  turn_web_port: 80,
  ipv4: ["192.0.2.10", "192.0.2.11"],
  ipv6: "2001:db8:1::/48",
  worker_seen_at: null,
  warnings: [],
  gateway_answered: true,
  openings: [
    opening("media-eu.example.com", 443, "media"),
    opening("media-eu.example.com", null, "live_direct", "udp"),
    opening("turn-eu.example.com", 3478, "turn", "udp"),
    opening("turn-eu.example.com", 3478, "turn"),
    opening("turn-eu.example.com", 443, "turn_tls"),
  ],
};
const WORDS = { head: "Region eu", addresses: "All addresses", udp: "Best: UDP", purpose: ({ purpose }: Opening) => purpose };

test("a firewall's list has every opening once, under what it is for, and the published addresses", () => {
  expect(allowList(opening("deskreel.example.com", 443, "pages"), REGION, WORDS).split("\n")).toEqual([
    "# Region eu",
    "# pages",
    "deskreel.example.com 443/tcp",
    "# media",
    "media-eu.example.com 443/tcp",
    "# live_direct",
    "media-eu.example.com any/udp",
    "# turn",
    "turn-eu.example.com 3478/udp",
    "turn-eu.example.com 3478/tcp",
    "# turn_tls",
    "turn-eu.example.com 443/tcp",
    "# All addresses",
    "192.0.2.10",
    "192.0.2.11",
    "2001:db8:1::/48",
    "# Best: UDP",
    "",
  ]);
});

test("what is not published or not there is left out", () => {
  const bare = { ...REGION, ipv4: [], ipv6: null, openings: REGION.openings.slice(0, 1) };
  expect(addressesOf(bare)).toEqual([]);
  expect(allowList(opening("deskreel.example.com", 443, "pages"), bare, WORDS)).toBe(
    "# Region eu\n# pages\ndeskreel.example.com 443/tcp\n# media\nmedia-eu.example.com 443/tcp\n",
  );
});
