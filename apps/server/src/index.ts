export { type RunningServer, startServer, type StartOptions } from "./server.ts";
