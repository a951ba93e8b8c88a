/** Passwords as argon2id (RFC 9106), kept in the PHC string form so that parameters can be raised later. */
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(argon2);

/** OWASP's recommendation of 2025 for argon2id: 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const TAG_BYTES = 32;
const SALT_BYTES = 16;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await tagOf(password, salt, MEMORY_KIB, PASSES, LANES);
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(salt)}$${unpadded(tag)}`;
}

/** Also takes its time where there is no hash, so that an answer's time does not tell whether an account exists. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash ?? "");
  if (!match) {
    await tagOf(password, Buffer.alloc(SALT_BYTES), MEMORY_KIB, PASSES, LANES);
    return false;
  }
  const [, memory, passes, lanes, salt, tag] = match as unknown as [string, string, string, string, string, string];
  const wanted = Buffer.from(tag, "base64");
  const made = await tagOf(password, Buffer.from(salt, "base64"), Number(memory), Number(passes), Number(lanes));
  return made.length === wanted.length && timingSafeEqual(made, wanted);
}

async function tagOf(password: string, nonce: Buffer, memory: number, passes: number, parallelism: number) {
  return derive("argon2id", {
    message: password.normalize("NFKC"),
    nonce,
    memory,
    passes,
    parallelism,
    tagLength: TAG_BYTES,
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
