import { BlockList, isIP } from "node:net";
import { Refusal } from "../../shared/contract/errors.ts";

/**
 * Addresses at which no database lives, but a cloud's metadata service may: link-local (RFC 3927, RFC 4291),
 * Azure's and Alibaba's own, "this host" and multicast; also where they are wrapped into IPv6.
 * Private and loopback addresses are where databases do live.
 */
const refused = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["168.63.129.16", 32],
  ["100.100.100.200", 32],
  ["224.0.0.0", 3],
] as const) {
  refused.addSubnet(network, bits, "ipv4");
  // ::a.b.c.d, 64:ff9b::a.b.c.d (NAT64, RFC 6052) and 2002:aabb:ccdd:: (6to4, RFC 3056).
  const [a = 0, b = 0, c = 0, d = 0] = network.split(".").map(Number);
  const [high, low] = [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
  if (bits > 8) refused.addSubnet(`::${high}:${low}`, 96 + bits, "ipv6");
  refused.addSubnet(`64:ff9b::${high}:${low}`, 96 + bits, "ipv6");
  refused.addSubnet(`2002:${high}:${low}::`, 16 + bits, "ipv6");
}
refused.addAddress("::", "ipv6");
refused.addSubnet("fe80::", 10, "ipv6");
refused.addSubnet("ff00::", 8, "ipv6");
refused.addAddress("fd00:ec2::254", "ipv6");

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const family = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** Whether an IP address is one that the gateway never connects to. */
export function isRefusedAddress(address: string): boolean {
  return refused.check(address, family(address));
}

/** Whether a host, as `checkedHost` gives it, is this machine. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === "localhost" || host.endsWith(".localhost");
  return loopback.check(host, family(host));
}

const names =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/;
const metadataNames = ["metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"];

/**
 * A host in one form: lower case, an IPv4 address dotted (resolvers also take `0x7f.1` and `2130706433`), an IPv6
 * address without brackets. Throws `invalid` for what is no host (a socket's path, a list) and for addresses at which
 * metadata services live. A name can still resolve to one of these, which `connect` has to look at.
 */
export function checkedHost(text: string): string {
  const host = canonical(text.trim().toLowerCase());
  if (host === undefined)
    throw new Refusal("invalid", "The host is neither a name nor an IP address.", {
      hint: "Give one host, without a scheme, a port or a path.",
    });
  if (isIP(host) === 0 ? metadataNames.includes(host.replace(/\.$/, "")) : isRefusedAddress(host))
    throw new Refusal("invalid", "The host is an address at which cloud metadata is served, not a database.");
  return host;
}

function canonical(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) === 6 && !bare.includes("%")) return new URL(`http://[${bare}]`).hostname.slice(1, -1);
  if (!names.test(text)) return undefined;
  // The URL parser reads every form of an IPv4 address that resolvers do.
  return URL.canParse(`http://${text}`) ? new URL(`http://${text}`).hostname : undefined;
}
