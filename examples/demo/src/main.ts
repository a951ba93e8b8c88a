/**
 * `npm run demo`: Steward on its embedded PostgreSQL with a demonstration organisation, and the wage-band system
 * deciding through the public API while the demonstration runs.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { loadCatalogue } from "@steward/catalogue";
import { registerSystem, runWageBand } from "@steward/example-wage-band";
import { type RunningServer, startServer } from "@steward/server";

import { assignRoles, decideScope, lookNow, makePeople, stateApplicability, watchSystem } from "./organisation.ts";
import { Session } from "./session.ts";

/** The 534 decisions of a release are spread over this, so that one can watch them arrive. */
const SECONDS_PER_RELEASE = 90;

interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly key: string;
}

const dataDir = path.resolve(process.env["STEWARD_DATA_DIR"] ?? ".steward-demo");
const say = (line: string) => process.stdout.write(`${line}\n`);

const stop = new AbortController();
let server: RunningServer | undefined;
try {
  server = await startServer({ env: { STEWARD_LOG_LEVEL: "warn", ...process.env, STEWARD_DATA_DIR: dataDir } });
  server.closed.finally(() => stop.abort()).catch(() => undefined);
  const known = await readSignIn();
  const session = new Session(server.url);
  const signIn = known ?? (await setUp(server, session));
  say(`\n  Steward demonstration: ${server.url}`);
  say(`  Sign in as ${signIn.email} with the password ${signIn.password}`);
  say("  The organisation and its people are invented; its AI system really runs, on the public CPS 1985 sample.");
  say("  Stop with Ctrl-C. The data stays in the folder of the next line; delete it to start anew.");
  say(`  ${dataDir}\n`);
  await runWageBand({
    url: server.url,
    key: signIn.key,
    secondsPerRelease: SECONDS_PER_RELEASE,
    say: (line) => say(`  ${line}`),
    signal: stop.signal,
  });
  // The first looks of the monitors came before the first decision. On a later start the heartbeat has seen to it.
  if (known === undefined) await lookNow(session);
} catch (error) {
  if (!stop.signal.aborted) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    await server?.close();
  }
}

async function readSignIn(): Promise<SignIn | undefined> {
  try {
    return JSON.parse(await readFile(signInFile(), "utf8")) as SignIn;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function signInFile(): string {
  return path.join(dataDir, "demo-sign-in.json");
}

async function setUp({ url, setUpUrl }: RunningServer, session: Session): Promise<SignIn> {
  if (setUpUrl === undefined) {
    throw new Error(`${dataDir} holds an installation that the demonstration did not make; choose another folder.`);
  }
  const email = "lena@demo.example";
  const password = randomBytes(12).toString("base64url");
  const token = new URL(setUpUrl).hash.replace(/^#token=/, "");
  const { body: me } = await session.send<{ account: { personId: string }; organisation: { id: string } }>(
    "POST",
    "/setup",
    {
      token,
      organisation: { name: "Fairwage Analytics (demonstration)", timeZone: "Europe/Berlin" },
      person: { name: "Lena Brandt (demonstration)", email },
      password,
    },
  );
  await session.change(
    `/organisations/${me.organisation.id}`,
    {
      demonstration: true,
      activity: "An invented company that estimates pay bands with an AI system of its own.",
      country: "DE",
    },
    "This organisation is invented.",
  );
  const { body: made } = await session.send<{ secret: string }>("POST", "/api-keys", {
    name: "Wage-band pipeline",
    scopes: ["systems:write", "releases:write", "inventory:write", "evaluations:write", "decisions:write"],
  });
  const people = await makePeople(session, me.account.personId);
  const systemId = await registerSystem({ url, key: made.secret });
  await decideScope(session, people, systemId);
  await assignRoles(session, people, systemId);
  await watchSystem(session, systemId);
  await stateApplicability(session, await loadCatalogue());
  const signIn: SignIn = { email, password, key: made.secret };
  await mkdir(dataDir, { recursive: true });
  await writeFile(signInFile(), JSON.stringify(signIn), { mode: 0o600 });
  return signIn;
}
