export {
  backUp,
  backUpKeys,
  type CommandOptions,
  restore,
  type RestoreCommandOptions,
  restoreKeys,
} from "./features/backup/backup.ts";
export { type RunningServer, startServer, type StartOptions } from "./server.ts";
