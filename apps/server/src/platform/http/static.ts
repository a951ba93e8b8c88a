/** The built web application: hashed assets for a year, the page itself never from a cache. */
import { existsSync } from "node:fs";
import path from "node:path";

import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

import { HttpProblem } from "./problem.ts";

const WEB_ROOT = path.join(import.meta.dirname, "../../../../web/dist");

/** Serves the web application, where it is built; every path that is not a file or the API is one of its pages. */
export async function serveWeb(app: FastifyInstance, root: string = WEB_ROOT): Promise<boolean> {
  if (!existsSync(path.join(root, "index.html"))) return false;
  await app.register(fastifyStatic, {
    root,
    wildcard: false,
    index: false,
    setHeaders(reply, file) {
      const hashed = file.includes(`${path.sep}assets${path.sep}`);
      void reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  app.get("/*", async (request, reply) => {
    const [page = "/"] = request.url.split("?", 1);
    // A browser that opens a page asks for HTML; a missing picture or script must not be answered with one. The first
    // page is nothing else, also for the probes of balancers and for people at a command line, who ask for anything.
    const wantsPage = page === "/" || (request.headers.accept?.includes("text/html") ?? false);
    if (page.startsWith("/api/") || !wantsPage) throw new HttpProblem("not_found", `There is no GET ${page}.`);
    return reply.header("cache-control", "no-cache").sendFile("index.html");
  });
  return true;
}
