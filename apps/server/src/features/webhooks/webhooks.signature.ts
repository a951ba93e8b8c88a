/** Signatures of Standard Webhooks 1.0: HMAC-SHA256 over id, time and body. */
import { createHmac, type KeyObject } from "node:crypto";

import { type Micros, MICROS_PER_SECOND, type Uuid } from "@steward/kernel";

/** The key of one webhook: derived, so that no secret stands in the database. */
export function webhookSecret(organisationKey: KeyObject, webhookId: Uuid, version: number): Buffer {
  return createHmac("sha256", organisationKey).update(`steward/webhook/v1/${webhookId}/${version}`).digest();
}

/** As receivers enter it: `whsec_` and base64. */
export function secretText(secret: Buffer): string {
  return `whsec_${secret.toString("base64")}`;
}

/** The headers of one attempt; the message id stays the same for every attempt. */
export function signedHeaders(secret: Buffer, messageId: string, at: Micros, payload: string): Record<string, string> {
  const timestamp = (at / MICROS_PER_SECOND).toString();
  const signature = createHmac("sha256", secret).update(`${messageId}.${timestamp}.${payload}`).digest("base64");
  return {
    "content-type": "application/json",
    "user-agent": "Steward-Webhooks/1",
    "webhook-id": messageId,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
}
