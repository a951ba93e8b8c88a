import { createHmac } from "node:crypto";

import { MemoryBacklog } from "./backlog.ts";
import { onExit } from "./exit.node.ts";
import { MEMORY_BACKLOG_MAX_BYTES, type Platform } from "./platform.ts";
import { Spool } from "./spool.node.ts";

export const nodePlatform: Platform = {
  hash: (secret, texts) => texts.map((text) => createHmac("sha256", secret).update(text).digest("hex")),
  openBacklog(place) {
    const { spool } = place;
    return spool === false ? new MemoryBacklog(MEMORY_BACKLOG_MAX_BYTES) : new Spool({ ...place, spool });
  },
  onExit,
};
