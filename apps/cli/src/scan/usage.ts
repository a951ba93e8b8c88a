/** What keeps a scan from being carried out. */
import { StewardError } from "@steward/kernel";

/** Wrong arguments, a path that is not there, a baseline that can't be read, a server that refuses. */
export const USAGE_EXIT = 2;

export class ScanUsageError extends StewardError<"usage"> {
  constructor(message: string, options?: ErrorOptions) {
    super("usage", message, options);
  }
}
