/**
 * Requests to addresses that people of an organisation choose. A name may resolve to anything, so the address that is
 * connected to is the one that was checked: private, local and special ones are refused unless the operator allowed them.
 */
import { lookup } from "node:dns/promises";
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

import { StewardError } from "@steward/kernel";

import { invalidField } from "./problem.ts";

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
export async function post(outbound: Outbound): Promise<number> {
  const response = await open({ method: "POST", ...outbound });
  // What a receiver answers is nobody's business here; the connection is closed instead of read to its end.
  response.destroy();
  return response.statusCode ?? 0;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request, follows no redirect, and reads an answer of up to `maxBytes`. @throws OutboundError */
export async function exchange(
  outbound: Omit<Outbound, "body"> & {
    readonly method: string;
    readonly body: string | undefined;
    readonly maxBytes: number;
  },
): Promise<Answer> {
  const response = await open(outbound);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > outbound.maxBytes) throw new OutboundError("unreachable", "The answer is larger than accepted.");
      chunks.push(chunk);
    }
  } catch (cause) {
    throw cause instanceof OutboundError ? cause : unreachable(cause as Error);
  } finally {
    response.destroy();
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

type Opening = Omit<Outbound, "body"> & { readonly method: string; readonly body: string | undefined };

async function open({ url, method, headers, body, timeoutMs, allowed }: Opening): Promise<IncomingMessage> {
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isAllowedAddress(host, allowed)) throw refused(host);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) },
        lookup: checkedLookup(allowed),
        signal: AbortSignal.timeout(timeoutMs),
        agent: false,
      },
      resolve,
    );
    request.on("error", (cause) => reject(cause instanceof OutboundError ? cause : unreachable(cause)));
    request.end(body);
  });
}

/**
 * An address that people of an organisation chose: https with a host that may be public; http only to an address that
 * the operator allowed. Where a name leads is checked again at the connection. @throws HttpProblem `invalid`
 */
export function outboundUrl(field: string, text: string, allowedNetworks: readonly string[]): URL {
  const url = URL.parse(text);
  const wrong = (message: string) => invalidField(field, message);
  if (url === null) throw wrong("Give an address such as https://example.org.");
  if (url.username !== "" || url.password !== "") throw wrong("Leave the user name and password out.");
  if (url.hash !== "") throw wrong("Leave out what follows #: it is never sent.");
  const host = hostOf(url);
  const address = host === "localhost" ? "127.0.0.1" : host;
  const isAddress = isIP(address) !== 0;
  const allowed = networks(allowedNetworks);
  if (isAddress && !isAllowedAddress(address, allowed)) {
    throw wrong("This address is not on the public internet. The operator can allow it (STEWARD_WEBHOOK_NETWORKS).");
  }
  const isOperators = isAddress && allowed.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isOperators)) throw wrong("Use https.");
  return url;
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
