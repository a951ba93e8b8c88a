import { createClient } from "@steward/client";

/** The server that served this page. */
export const api = createClient();
