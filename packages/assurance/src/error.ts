import { StewardError } from "@steward/kernel";

export class AssuranceError extends StewardError<"unknown_parameter"> {}
