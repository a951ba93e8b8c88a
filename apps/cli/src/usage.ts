/** What keeps a command from being carried out. */
import { StewardError } from "@steward/kernel";

/** Wrong arguments, unreadable files, a server that refuses or does not answer. */
export const USAGE_EXIT = 2;

export class UsageError extends StewardError<"usage"> {
  constructor(message: string, options?: ErrorOptions) {
    super("usage", message, options);
  }
}
