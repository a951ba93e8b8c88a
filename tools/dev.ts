/** `npm run dev`: the server restarts when its sources change, and Vite serves the web application with hot reload. */
import { spawn } from "node:child_process";

const processes = [
  spawn(process.execPath, ["--watch", "--watch-preserve-output", "apps/server/src/main.ts"], {
    stdio: "inherit",
    env: { STEWARD_PUBLIC_URL: "http://localhost:42002", ...process.env },
  }),
  spawn("npm", ["run", "dev", "-w", "@steward/web"], { stdio: "inherit" }),
];

for (const child of processes) {
  child.on("exit", (code) => {
    for (const other of processes) other.kill("SIGTERM");
    process.exitCode ??= code ?? 1;
  });
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => processes.forEach((child) => child.kill(signal)));
}
