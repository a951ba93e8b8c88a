// A host as customers write it, run as a process of its own: `node host.ts <sdk> <url> <spool> <how it ends>`.
const [sdk, url, directory, ending] = process.argv.slice(2) as [string, string, string, string];
const { connect } = (await import(sdk)) as typeof import("@steward/sdk");
const steward = connect({ url, key: "stw_test", system: "Ranker", release: "1.0", spool: { directory } });
for (let i = 0; i < 3; i++) steward.record({ id: `d${i}`, outcome: "yes" });
steward.served(3);
if (ending === "exit") process.exit(0);
if (ending === "throw") throw new Error("The host broke.");
if (ending === "handler") {
  process.on("SIGTERM", () => {
    process.stdout.write("handled\n");
    setTimeout(() => process.exit(7), 200);
  });
}
if (ending !== "end") {
  setInterval(() => undefined, 1000);
  process.stdout.write("ready\n");
}
