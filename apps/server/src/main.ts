/** `npm start`: the server for real use. */
import { StewardError } from "@steward/kernel";

import { startServer } from "./server.ts";

try {
  const server = await startServer();
  process.stdout.write(`\n  Steward serves at ${server.url}\n`);
  if (server.setUpUrl !== undefined) {
    process.stdout.write(`  First set-up, for one use within 24 hours: ${server.setUpUrl}\n`);
  }
  process.stdout.write("\n");
  await server.closed;
} catch (error) {
  // An error of ours says what to do in its message; of others the stack is what helps.
  const text = error instanceof StewardError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
