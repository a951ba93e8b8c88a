/** Hands mail to the mail server that the operator named. */
import { createTransport } from "nodemailer";

import { StewardError } from "@steward/kernel";

import { isMailAddress, type MailConfig } from "../config/mail.ts";

/**
 * - `refused`: the mail server will not take this mail, now or later
 * - `unreachable`: it could not be reached, wants no more mail now, or offers no TLS where TLS is demanded
 */
export class MailError extends StewardError<"refused" | "unreachable"> {}

export interface Mail {
  readonly to: string;
  /** One line. */
  readonly subject: string;
  /** Plain text: nothing in it can be a script. */
  readonly text: string;
}

/** A mail server that does not answer by then holds up the mails behind it. */
const TIMEOUT_MS = 20_000;

/** Sends one mail. The id makes the Message-ID, by which a mail that was sent twice is recognised. @throws MailError */
export async function sendMail(config: MailConfig, id: string, mail: Mail): Promise<void> {
  if (!isMailAddress(mail.to)) throw new MailError("refused", "This is not one e-mail address.");
  const transport = createTransport({
    host: config.host,
    port: config.port,
    secure: config.secure,
    requireTLS: config.requireTls,
    ...(config.login === undefined ? {} : { auth: { user: config.login.user, pass: config.login.password.reveal() } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // A text of ours never names files or addresses to fetch, and none from elsewhere shall.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from: { name: config.fromName, address: config.fromAddress },
      to: { name: "", address: mail.to },
      envelope: { from: config.fromAddress, to: [mail.to] },
      subject: mail.subject,
      text: mail.text,
      messageId: `<${id}@${config.fromAddress.split("@").at(-1)}>`,
      // Answering machines are asked not to answer (RFC 3834).
      headers: { "Auto-Submitted": "auto-generated" },
    });
  } catch (error) {
    throw mailError(error as Error & { code?: string; responseCode?: number });
  } finally {
    transport.close();
  }
}

/** What a mail server says may repeat the address; its code alone is kept. */
function mailError(error: Error & { code?: string; responseCode?: number }): MailError {
  const { code = "unknown", responseCode } = error;
  const isFinal = responseCode === undefined ? code === "EENVELOPE" || code === "EMESSAGE" : responseCode >= 500;
  const isOurs = code === "EAUTH" || code === "ETLS";
  const said = responseCode === undefined ? code : `${code}, ${responseCode}`;
  if (isFinal && !isOurs)
    return new MailError("refused", `The mail server refused the mail (${said}).`, { cause: error });
  return new MailError("unreachable", `The mail server did not take the mail (${said}).`, { cause: error });
}
