/**
 * Requests to addresses that people of an organisation choose. A name may resolve to anything, so the address that is
 * connected to is the one that was checked: private, local and special ones are refused unless the operator allowed them.
 */
import { lookup } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

import { StewardError } from "@steward/kernel";

/**
 * - `address_refused`: it leads to a network that is not public and not allowed
 * - `unreachable`: no connection, no answer in time, or a broken one
 */
export class OutboundError extends StewardError<"address_refused" | "unreachable"> {}

/** Special-purpose IPv4 networks (IANA registry, RFC 6890): nothing there is on the public internet. */
const SPECIAL_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** The only IPv6 network of public addresses, and what in it leads elsewhere: Teredo, documentation, 6to4. */
const GLOBAL_IPV6 = "2000::/3";
const SPECIAL_IPV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  linklocal: ["169.254.0.0/16", "fe80::/10"],
  uniquelocal: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

const special = networks([...SPECIAL_IPV4, ...SPECIAL_IPV6]);
const globalIpv6 = networks([GLOBAL_IPV6]);

/** Addresses, ranges and groups (loopback, linklocal, uniquelocal) as a list that answers for one address. */
export function networks(list: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const range of list.flatMap((name) => GROUPS[name] ?? [name])) {
    const [address = "", bits] = range.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    blocks.addSubnet(address, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
  }
  return blocks;
}

/** Whether requests may go to an IP address. */
export function isAllowedAddress(address: string, allowed: BlockList): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 6 ? "ipv6" : "ipv4";
  if (allowed.check(address, family)) return true;
  if (version === 6 && !globalIpv6.check(address, family)) return false;
  return !special.check(address, family);
}

/** The host of a URL without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

export interface Outbound {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Networks beside the public ones. */
  readonly allowed: BlockList;
}

/** Posts, follows no redirect, reads no body; answers the status. @throws OutboundError */
export async function post({ url, headers, body, timeoutMs, allowed }: Outbound): Promise<number> {
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isAllowedAddress(host, allowed)) throw refused(host);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: "POST",
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
        lookup: checkedLookup(allowed),
        signal: AbortSignal.timeout(timeoutMs),
        agent: false,
      },
      (response) => {
        resolve(response.statusCode ?? 0);
        // What a receiver answers is nobody's business here; the connection is closed instead of read to its end.
        response.destroy();
      },
    );
    request.on("error", (cause) => reject(cause instanceof OutboundError ? cause : unreachable(cause)));
    request.end(body);
  });
}

/** Resolves a name and hands on only addresses that may be connected to; one bad address refuses the name. */
function checkedLookup(allowed: BlockList): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { all: true, family: options.family ?? 0 }).then(
      (found) => {
        const bad = found.find(({ address }) => !isAllowedAddress(address, allowed));
        const [first] = found;
        if (bad || !first) return callback(refused(hostname), []);
        return options.all ? callback(null, found) : callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

function refused(host: string): OutboundError {
  return new OutboundError("address_refused", `${host} leads to a network that is not public.`);
}

function unreachable(cause: Error): OutboundError {
  const isTimeout = cause.name === "TimeoutError" || cause.name === "AbortError";
  const code = (cause as NodeJS.ErrnoException).code;
  const message = isTimeout ? "No answer in time." : `No connection${code === undefined ? "" : ` (${code})`}.`;
  return new OutboundError("unreachable", message, { cause });
}
