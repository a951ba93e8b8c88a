/** Ed25519 verification (RFC 8032, strict rather than ZIP 215) in plain JavaScript. Twin of ed25519.node.ts. */
import { ed25519 } from "@noble/curves/ed25519.js";

/** True where `signature` (64 bytes) over `message` was made by the key whose 32-byte public half is given. */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
