/** Prints the SQL of all registers' tables: the starting point of the migration that creates them. */
import { registers } from "@steward/registers";

import { registerTableSql } from "../apps/server/src/features/records/records.ddl.ts";

process.stdout.write("-- Current state of each register, made from its declaration (tools/emit-register-sql.ts).\n\n");
process.stdout.write(`${registers.map(registerTableSql).join("\n\n")}\n`);
