/** The browser's side of passkeys. Its library is only loaded by whoever uses one. */
import type { Session } from "@steward/client";

import { api } from "../../api.ts";

export function passkeysAreSupported(): boolean {
  return typeof window.PublicKeyCredential === "function";
}

type Library = typeof import("@simplewebauthn/browser");
type RegistrationOptions = Parameters<Library["startRegistration"]>[0]["optionsJSON"];
type AuthenticationOptions = Parameters<Library["startAuthentication"]>[0]["optionsJSON"];

export async function signInByPasskey(): Promise<Session> {
  const [{ startAuthentication }, { options }] = await Promise.all([
    import("@simplewebauthn/browser"),
    api.startPasskeySignIn(),
  ]);
  const credential = await orPlain(startAuthentication({ optionsJSON: options as unknown as AuthenticationOptions }));
  return api.signInByPasskey({ body: { credential: { ...credential, clientExtensionResults: {} } } });
}

export async function makePasskey(name: string, proof: { password: string; code?: string }) {
  const [{ startRegistration }, { options }] = await Promise.all([
    import("@simplewebauthn/browser"),
    api.startPasskey({ body: proof }),
  ]);
  const credential = await orPlain(startRegistration({ optionsJSON: options as unknown as RegistrationOptions }));
  return api.addPasskey({ body: { name, credential: { ...credential, clientExtensionResults: {} } } });
}

/** What went wrong in the words of a person; browsers call most of it NotAllowedError. */
async function orPlain<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && error.name === "InvalidStateError") {
      throw new Error("This device holds a passkey of yours for Steward already.", { cause: error });
    }
    const message = "The browser got no passkey: it was cancelled, took too long, or this device has none for Steward.";
    throw new Error(message, { cause: error });
  }
}
