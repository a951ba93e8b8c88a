/** The mail server, as the operator names it. */
import { Secret } from "./secret.ts";

export interface MailConfig {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte, as with smtps. */
  readonly secure: boolean;
  /** Send nothing unless the connection became TLS (STARTTLS). */
  readonly requireTls: boolean;
  readonly login: { readonly user: string; readonly password: Secret } | undefined;
  readonly fromName: string;
  readonly fromAddress: string;
}

const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;
/** One address, without quotes, comments, lists or routes: what mail software could take for two recipients. */
const ADDRESS = /^[^\s@,;:<>"()[\]\\]{1,64}@[^\s@,;:<>"()[\]\\]{1,250}$/;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text);
}

export function isMailUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "smtp:" && url.protocol !== "smtps:") || url.hostname === "") return false;
  if (!/^\/?$/.test(url.pathname) || url.hash !== "") return false;
  const tls = url.searchParams.get("tls");
  return (
    [...url.searchParams.keys()].every((name) => name === "tls") && (tls === null || /^(required|optional)$/.test(tls))
  );
}

/** `Steward <steward@example.org>`, or the address alone. */
export function isMailFrom(text: string): boolean {
  return isMailAddress(fromParts(text).address);
}

/**
 * From `smtp://user:password@host:587` (STARTTLS, demanded unless the host is this machine) or `smtps://…` (TLS from the
 * start); `?tls=optional` sends without TLS where the server offers none. Assumes what `isMailUrl` accepts.
 */
export function mailConfig(smtpUrl: string, from: string | undefined, publicUrl: string): MailConfig {
  const url = new URL(smtpUrl);
  const secure = url.protocol === "smtps:";
  const tls = url.searchParams.get("tls") ?? (LOOPBACK.has(url.hostname) ? "optional" : "required");
  const sender = fromParts(from ?? `steward@${new URL(publicUrl).hostname}`);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(url.port),
    secure,
    requireTls: !secure && tls === "required",
    login:
      url.username === ""
        ? undefined
        : { user: decodeURIComponent(url.username), password: new Secret(decodeURIComponent(url.password)) },
    fromName: sender.name,
    fromAddress: sender.address,
  };
}

function fromParts(text: string): { name: string; address: string } {
  const match = /^([^<>\r\n]*)<([^<>]*)>$/.exec(text.trim());
  return match
    ? { name: match[1]?.trim().replaceAll('"', "") ?? "", address: match[2]?.trim() ?? "" }
    : { name: "Steward", address: text.trim() };
}
