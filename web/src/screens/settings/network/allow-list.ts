/** What a firewall has to let through, as text to be taken away. Pure. */

import type { NetworkRegion, Opening } from "../queries";

interface Words {
  readonly head: string;
  readonly addresses: string;
  readonly udp: string;
  readonly purpose: (opening: Opening) => string;
}

/** "443/tcp"; "any/udp" where every port may be used. */
export function portOf({ port, protocol }: Opening): string {
  return `${port === null ? "any" : String(port)}/${protocol}`;
}

export function addressesOf({ ipv4, ipv6 }: NetworkRegion): readonly string[] {
  return ipv6 === null ? ipv4 : [...ipv4, ipv6];
}

/** A line for each opening after a remark for each purpose, then the published addresses. */
export function allowList(server: Opening, region: NetworkRegion, words: Words): string {
  const lines = [`# ${words.head}`];
  let purpose: Opening["purpose"] | null = null;
  for (const opening of [server, ...region.openings]) {
    if (opening.purpose !== purpose) lines.push(`# ${words.purpose(opening)}`);
    purpose = opening.purpose;
    lines.push(`${opening.host} ${portOf(opening)}`);
  }
  const addresses = addressesOf(region);
  if (addresses.length > 0) lines.push(`# ${words.addresses}`, ...addresses);
  if (region.openings.some(({ live_only }) => live_only)) lines.push(`# ${words.udp}`);
  return `${lines.join("\n")}\n`;
}
