/** A small proxy before several servers. */
import { createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";

export interface Proxy {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Hands each request to the next server that takes connections, as a balancer with health checks does.
 * @param host the name under which clients call it
 * @param ports of the servers, which may start later
 */
export async function startProxy(ports: readonly number[], host = "127.0.0.1"): Promise<Proxy> {
  let turn = 0;
  const proxy = createServer((incoming, outgoing) => {
    void (async () => {
      const port = await nextAlive(ports, turn++);
      const headers = { ...incoming.headers, "x-forwarded-for": incoming.socket.remoteAddress ?? "" };
      const options = { host: "127.0.0.1", port, method: incoming.method, path: incoming.url, headers };
      const onward = request(options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        answer.once("error", () => outgoing.destroy());
      });
      onward.once("error", () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
      incoming.pipe(onward);
    })();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://${host}:${(proxy.address() as AddressInfo).port}`,
    async close() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

async function nextAlive(ports: readonly number[], turn: number): Promise<number> {
  for (let offset = 0; offset < ports.length; offset++) {
    const port = ports[(turn + offset) % ports.length] as number;
    if (await accepts(port)) return port;
  }
  return ports[0] as number;
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(socket.destroy() !== undefined));
    socket.once("error", () => resolve(false));
  });
}
