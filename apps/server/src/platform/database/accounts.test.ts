import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";

import { installInto } from "../../../test/support/installation.ts";
import type { Installation } from "../../../test/support/installation.ts";
import { Host, isRoot, temporaryFolder } from "../../../test/support/processes.ts";

// Generous, because a machine may be slow to write a new database; nothing here waits longer than it must.
vi.setConfig({ testTimeout: 120_000 });

/** A copy of the programs that every account can read, as an installation has it. */
let installation: Installation;
let installationDir: string;
beforeAll(async () => {
  installationDir = await mkdtemp(path.join(tmpdir(), "steward-installation-"));
  await chmod(installationDir, 0o755);
  installation = await installInto(installationDir);
});
afterAll(() => rm(installationDir, { recursive: true }));

interface Ids {
  uid: number;
  gid: number;
}

function idsOf(account: string): Ids {
  const ask = (option: string) => Number(execFileSync("id", [option, account], { encoding: "utf8" }));
  return { uid: ask("-u"), gid: ask("-g") };
}

/** Starts a host under an account, or under our own. */
function startHost(dataDir: string, env: Record<string, string> = {}, ids?: Ids, firstId = 1): Host {
  return new Host({
    env: { STEWARD_DATA_DIR: dataDir, ...env },
    firstId,
    script: installation.hostScript,
    node: installation.node,
    ...(ids === undefined ? {} : { ids }),
  });
}

/** Lets a host work a little; returns where it kept the database, and its log. */
async function useOnce(host: Host): Promise<{ home: string; log: string }> {
  const { home } = await host.opened();
  await host.acknowledges(3);
  expect(await host.terminate()).toBe(0);
  return { home: home as string, log: host.log };
}

async function ownedFolder(account: Ids | undefined): Promise<string> {
  const folder = path.join(await temporaryFolder(), "own");
  await mkdir(folder);
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

async function clusterOwner(home: string): Promise<number> {
  return (await stat(path.join(home, "cluster"))).uid;
}

describe("an ordinary account", () => {
  it("runs everything itself, in its own data directory, from an installation that it can only read", async () => {
    const account = isRoot ? idsOf("nobody") : undefined;
    // So long a path that a socket's address can't hold it.
    const dataDir = path.join(await ownedFolder(account), "a-long-name-".repeat(10), ".steward");
    const host = startHost(dataDir, {}, account);
    const { home, host: socketDir = "" } = await host.opened();
    expect(home).toBe(path.join(dataDir, "database"));
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(await clusterOwner(home as string)).toBe(account?.uid ?? process.getuid?.());
    expect(path.dirname(socketDir)).toBe(tmpdir());
    expect((await stat(socketDir)).mode & 0o777).toBe(0o700);
    await useOnce(host);
    expect(existsSync(socketDir)).toBe(false);
  });
});

describe.runIf(isRoot)("root", () => {
  const SYSTEM_DATA = "/var/lib/steward";

  it("works where only root can read the checkout and the data directory, at every start in the same place", async () => {
    await chmod(installationDir, 0o700);
    onTestFinished(() => chmod(installationDir, 0o755));
    const dataDir = path.join(installationDir, ".steward");
    const first = await useOnce(startHost(dataDir));
    const homes = [first.home];
    onTestFinished(async () => {
      for (const home of homes) await rm(home, { recursive: true, force: true });
      // Gone if this test made it; kept if anything else is in it.
      await rmdir(SYSTEM_DATA).catch(() => undefined);
    });
    expect(path.dirname(first.home)).toBe(SYSTEM_DATA);
    expect(first.log).toContain(`so the database is kept in ${first.home}`);
    const again = startHost(dataDir);
    expect(await again.failed()).toMatchObject({ code: "unique_violation" });
    expect((await again.opened()).home).toBe(first.home);

    // A data directory that was deleted and made again starts empty, and hears of the database that it left.
    await rm(dataDir, { recursive: true });
    const anew = await useOnce(startHost(dataDir));
    homes.push(anew.home);
    expect(anew.home).not.toBe(first.home);
    expect(anew.log).toContain(`An earlier database of ${dataDir} is still there`);

    // A database that was deleted without its data directory is missed, not silently made again.
    await rm(anew.home, { recursive: true });
    const refused = startHost(dataDir);
    expect(await refused.failed()).toMatchObject({ code: "account", message: expect.stringContaining(anew.home) });
  });

  it("keeps to the account that owns the data, so that this can go on without root", async () => {
    const daemon = idsOf("daemon");
    const dataDir = path.join(await ownedFolder(daemon), ".steward");
    const { home } = await useOnce(startHost(dataDir, {}, daemon, 1));
    await useOnce(startHost(dataDir, {}, undefined, 1000));
    expect(await clusterOwner(home)).toBe(daemon.uid);
    await useOnce(startHost(dataDir, {}, daemon, 2000));
  });

  it.each([
    ["no-such-account", "does not exist"],
    ["root", "must not be root"],
  ])("refuses the service account %s", async (account, reason) => {
    const host = startHost(await temporaryFolder(), { STEWARD_SERVICE_ACCOUNT: account });
    const { code, message } = await host.failed();
    expect({ code, message }).toEqual({ code: "account", message: expect.stringContaining(reason) });
    expect(message).toContain("STEWARD_SERVICE_ACCOUNT");
    expect(await host.exited).toBe(1);
  });

  describe("in a data directory of its own", () => {
    let dataDir: string;
    let used: { home: string; log: string };
    beforeAll(async () => {
      dataDir = path.join(installationDir, "data");
      // As mktemp makes it: for root alone.
      await mkdir(dataDir, { mode: 0o700 });
      const host = startHost(dataDir);
      used = await useOnce(host);
    });

    it("runs the server as nobody, and says that this is for trials", async () => {
      expect(used.home).toBe(path.join(dataDir, "database"));
      expect(await clusterOwner(used.home)).toBe(idsOf("nobody").uid);
      expect((await stat(path.join(used.home, "postgresql.conf"))).uid).toBe(0);
      expect(used.log).toContain("STEWARD_SERVICE_ACCOUNT");
    });

    it("keeps other accounts out", async () => {
      const host = startHost(dataDir, {}, idsOf("daemon"));
      expect(await host.failed()).toMatchObject({ code: "account", message: expect.stringContaining(dataDir) });
    });

    it("says what to do when the server's account can't reach the data any more", async () => {
      await chmod(installationDir, 0o700);
      onTestFinished(() => chmod(installationDir, 0o755));
      const host = startHost(dataDir);
      expect(await host.failed()).toMatchObject({ code: "account", message: expect.stringContaining("chmod a+x") });
    });

    it("hands the data over when the service account changes", async () => {
      const { home, log } = await useOnce(startHost(dataDir, { STEWARD_SERVICE_ACCOUNT: "daemon" }, undefined, 1000));
      expect(await clusterOwner(home)).toBe(idsOf("daemon").uid);
      expect((await stat(path.join(home, "cluster", "base"))).uid).toBe(idsOf("daemon").uid);
      expect(log).not.toContain("STEWARD_SERVICE_ACCOUNT");
    });
  });
});
