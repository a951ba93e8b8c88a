/** A small schema for the tests of the platform itself, apart from the program's own migrations. */
import { fileURLToPath } from "node:url";

export const SAMPLE_MIGRATIONS_DIR = fileURLToPath(new URL("migrations", import.meta.url));

export interface SampleSchema {
  team: { id: number; name: string };
  member: { id: number; team_id: number; name: string; age: number | null; joined_at: bigint };
  counter: { id: number; value: number };
  fuse: { id: number };
}
