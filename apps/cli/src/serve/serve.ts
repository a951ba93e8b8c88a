/** `steward serve`: the server, as `npm start` runs it. */
import { Command } from "commander";

export function serveCommand(): Command {
  return new Command("serve")
    .description("Run the Steward server. Configured by environment variables; see the README.")
    .option("--port <port>", "port to listen on (STEWARD_PORT)")
    .option("--host <host>", "address to listen on (STEWARD_HOST)")
    .option("--data-dir <folder>", "folder of database and keys (STEWARD_DATA_DIR)")
    .action(async (options: { port?: string; host?: string; dataDir?: string }) => {
      // Loaded only here: the other commands would wait for all of the server.
      const { startServer } = await import("@steward/server");
      const server = await startServer({
        env: {
          ...process.env,
          ...(options.port === undefined ? {} : { STEWARD_PORT: options.port }),
          ...(options.host === undefined ? {} : { STEWARD_HOST: options.host }),
          ...(options.dataDir === undefined ? {} : { STEWARD_DATA_DIR: options.dataDir }),
        },
      });
      process.stdout.write(`Steward serves at ${server.url}\n`);
      if (server.setUpUrl !== undefined) {
        process.stdout.write(`First set-up, for one use within 24 hours: ${server.setUpUrl}\n`);
      }
      await server.closed;
    });
}
