/** A real SMTP server on a free port of this machine, which keeps what it was given. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

import { type MailConfig, mailConfig } from "../../src/platform/config/mail.ts";

export const MAIL_USER = "mailer";
export const MAIL_PASSWORD = "a mail server's password";

export interface Received {
  /** Whom the envelope names. */
  readonly recipients: string[];
  readonly mail: ParsedMail;
  readonly raw: string;
}

export async function startMailServer() {
  const received: Received[] = [];
  const state = { refuseWith: undefined as number | undefined };
  const server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onAuth({ username, password }, _session, callback) {
      if (username === MAIL_USER && password === MAIL_PASSWORD) callback(null, { user: username });
      else callback(new Error("no"));
    },
    onRcptTo(_address, _session, callback) {
      if (state.refuseWith === undefined) return callback();
      callback(Object.assign(new Error("not now"), { responseCode: state.refuseWith }));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const raw = Buffer.concat(chunks);
        void simpleParser(raw).then((mail) => {
          received.push({
            recipients: session.envelope.rcptTo.map(({ address }) => address),
            mail,
            raw: raw.toString(),
          });
          callback();
        }, callback);
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  const url = (more = "") => `smtp://${MAIL_USER}:${encodeURIComponent(MAIL_PASSWORD)}@127.0.0.1:${port}${more}`;
  return {
    received,
    url,
    config: (more = ""): MailConfig => mailConfig(url(more), "Steward <steward@example.org>", "http://localhost"),
    /** Answers recipients with this code from now on; undefined takes them again. */
    refuse(code: number | undefined) {
      state.refuseWith = code;
    },
    async close() {
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
