/** The client side of OpenID Connect, over connections that lead only where the operator allows. */
import { type Clock, MICROS_PER_MINUTE, type Micros, type Uuid } from "@steward/kernel";
import * as oidc from "openid-client";
import type { Logger } from "pino";

import { exchange, networks, OutboundError, outboundUrl } from "../../platform/http/outbound.ts";
import { HttpProblem, invalidField } from "../../platform/http/problem.ts";

export interface ClientDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: { readonly webhookNetworks: readonly string[] };
}

export interface Client {
  readonly id: Uuid;
  readonly version: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: string;
}

const TIMEOUT_MS = 10_000;
/** Discovery documents and key sets are some kilobytes; a person in many groups makes a large answer. */
const ANSWER_MAX_BYTES = 1024 * 1024;
/** Keys that a provider replaces are fetched anew by then, or as soon as one is missed. */
const KEPT: Micros = 10n * MICROS_PER_MINUTE;

const known = new Map<string, { until: Micros; configuration: oidc.Configuration }>();

/** Reads the discovery document. @throws HttpProblem `invalid`, naming the field, with what is wrong. */
export async function discover(deps: ClientDeps, client: Client): Promise<oidc.Configuration> {
  const { issuer, clientId, secret } = client;
  const url = outboundUrl("issuer", issuer, deps.config.webhookNetworks);
  try {
    const configuration = await oidc.discovery(url, clientId, secret, undefined, {
      // The first request goes out before there is a configuration to set these on.
      [oidc.customFetch]: guardedFetch(deps.config.webhookNetworks),
      timeout: TIMEOUT_MS / 1000,
      // http only ever reaches an address that the operator allowed.
      ...(url.protocol === "http:" ? { execute: [oidc.allowInsecureRequests] } : {}),
    });
    if (!configuration.serverMetadata().supportsPKCE()) {
      deps.log.info({ provider: client.id }, "the identity provider does not say that it supports PKCE");
    }
    return configuration;
  } catch (error) {
    deps.log.warn({ err: error, provider: client.id }, "an identity provider could not be discovered");
    throw invalidField("issuer", whyNot(error));
  }
}

/** The same, kept for some minutes. @throws HttpProblem `unavailable` */
export async function connect(deps: ClientDeps, client: Client): Promise<oidc.Configuration> {
  const key = `${client.id}/${client.version}`;
  const now = deps.clock.now();
  for (const [name, { until }] of known) if (until <= now) known.delete(name);
  const kept = known.get(key);
  if (kept) return kept.configuration;
  try {
    const configuration = await discover(deps, client);
    known.set(key, { until: now + KEPT, configuration });
    return configuration;
  } catch (cause) {
    if (!(cause instanceof HttpProblem)) throw cause;
    throw new HttpProblem("unavailable", "The identity provider cannot be reached just now. Try again later.", {
      cause,
    });
  }
}

/** What a person who sets it up can act on; what an inner server answered is not repeated. */
function whyNot(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause as unknown) {
    if (cause instanceof OutboundError && cause.code === "address_refused") {
      return "This address is not on the public internet. The operator can allow it (STEWARD_WEBHOOK_NETWORKS).";
    }
    if (cause instanceof OutboundError) return `No discovery document was found there: ${cause.message}`;
  }
  return "No discovery document of this issuer was found there.";
}

/** fetch, as far as the client needs it, through the guard of outbound requests: no redirects, no inner networks. */
function guardedFetch(allowedNetworks: readonly string[]): oidc.CustomFetch {
  const allowed = networks(allowedNetworks);
  return async (address, options) => {
    // Addresses in a discovery document are as little to be trusted as the issuer's own.
    const url = outboundUrl("issuer", address, allowedNetworks);
    const { body } = options;
    const answer = await exchange({
      url,
      method: options.method,
      headers: options.headers,
      body: body instanceof URLSearchParams ? body.toString() : typeof body === "string" ? body : undefined,
      timeoutMs: TIMEOUT_MS,
      maxBytes: ANSWER_MAX_BYTES,
      allowed,
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers))
      if (value !== undefined) headers.set(name, String(value));
    const empty = answer.status === 204 || answer.status === 304;
    return new Response(empty ? null : new Uint8Array(answer.body), { status: answer.status, headers });
  };
}
