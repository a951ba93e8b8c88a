/** People are let in by mail, by single sign-on, and get in again when the password is lost. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { CLIENT, startIdentityProvider } from "../apps/server/test/support/identity-provider.ts";
import { startMailServer } from "../apps/server/test/support/mail-server.ts";
import { chromiumPath, expectAccessible, launchBrowser, openContext, openPage, WAIT_MS } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

const PASSWORD = "a sentence that only Ada knows";

let mail: Awaited<ReturnType<typeof startMailServer>>;
let identities: Awaited<ReturnType<typeof startIdentityProvider>>;
let steward: Awaited<ReturnType<typeof startSteward>>;
let browser: Browser;
let page: Page;

describe.skipIf(chromiumPath() === undefined)("people in the browser", () => {
  beforeAll(async () => {
    mail = await startMailServer();
    steward = await startSteward({ STEWARD_SMTP_URL: mail.url(), STEWARD_WEBHOOK_NETWORKS: "loopback" });
    identities = await startIdentityProvider([`${steward.url}/sso`]);
    browser = await launchBrowser();
    page = await openPage(browser);
    const answer = await page.request.post(`${steward.url}/api/v1/setup`, {
      data: {
        token: new URL(steward.setUpUrl as string).hash.replace(/^#token=/, ""),
        organisation: { name: "Acme Robotics", timeZone: "Europe/Paris" },
        person: { name: "Ada Lovelace", email: "ada@example.org" },
        password: PASSWORD,
      },
    });
    expect(answer.ok(), await answer.text()).toBe(true);
  });
  afterAll(async () => {
    await browser?.close();
    await steward?.close();
    await identities?.close();
    await mail?.close();
  });

  /** The link in the next mail, as the person opens it. */
  async function nextLink(): Promise<string> {
    await expect.poll(() => mail.received.length, { timeout: WAIT_MS }).toBeGreaterThan(0);
    const [received] = mail.received.splice(0);
    return /http\S+#token=\S+/.exec(received?.mail.text ?? "")?.[0] ?? "no link";
  }

  it("are invited by mail, and join by the link in it", async () => {
    await page.goto(`${steward.url}/settings/members`);
    await page.getByLabel("Name").fill("Grace Hopper");
    await page.getByLabel("E-mail").fill("grace@example.org");
    await page.getByLabel("Mail it").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Let in" }).click();
    await page.getByText("A mail for Grace Hopper is queued").waitFor();
    const guest = await openPage(browser);
    await guest.goto(await nextLink());
    await guest.getByRole("heading", { name: "Welcome, Grace Hopper" }).waitFor();
    await guest.getByLabel("New password", { exact: true }).fill("a sentence that only Grace knows");
    await guest.getByRole("button", { name: "Set password and sign in" }).click();
    await guest.getByRole("heading", { name: "Overview" }).waitFor();
    await guest.context().close();
  });

  it("set a new password from their own mailbox when they lost it", async () => {
    const guest = await openPage(browser);
    await guest.goto(`${steward.url}/sign-in`);
    await guest.getByRole("link", { name: "Lost your password?" }).click();
    await guest.getByLabel("E-mail").fill("grace@example.org");
    await expectAccessible(guest);
    await guest.getByRole("button", { name: "Mail me a link" }).click();
    await guest.getByRole("heading", { name: "Look into your mailbox" }).waitFor();
    await expectAccessible(guest);
    await guest.goto(await nextLink());
    await guest.getByLabel("New password", { exact: true }).fill("a new sentence of Grace");
    await guest.getByRole("button", { name: "Set password and sign in" }).click();
    await guest.getByRole("heading", { name: "Overview" }).waitFor();
    await guest.context().close();
  });

  it("sign in at an identity provider, join by it, and go on where they wanted to", async () => {
    identities.people.set("kay", { email: "kay@example.org", emailVerified: true, name: "Kay", groups: ["ml-team"] });
    await page.goto(`${steward.url}/settings/single-sign-on`);
    await page.getByLabel("Name", { exact: true }).fill("Acme Identity");
    await page.getByLabel("Issuer").fill(identities.issuer);
    await page.getByLabel("Client id").fill(CLIENT.id);
    await page.getByLabel("Client secret", { exact: true }).fill(CLIENT.secret);
    await page.getByLabel("Scopes").fill("openid profile email groups");
    await page.getByLabel("Whoever it knows joins").check();
    await page.getByRole("button", { name: "Add a group" }).click();
    await page.getByLabel("Group", { exact: true }).fill("ml-team");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Add the provider" }).click();
    await page.getByRole("cell", { name: "Acme Identity", exact: true }).waitFor();

    const guest = await openPage(browser);
    await guest.goto(`${steward.url}/registers/systems`);
    await guest.getByRole("button", { name: "Sign in with Acme Identity" }).waitFor();
    await expectAccessible(guest);
    await guest.getByRole("button", { name: "Sign in with Acme Identity" }).click();
    await guest.waitForURL(`${identities.issuer}/interaction/**`);
    await guest.locator("[name=login]").fill("kay");
    await guest.locator("[name=password]").fill("any");
    await guest.locator("button[type=submit]").click();
    await guest.waitForURL(`${steward.url}/registers/systems`);
    await guest.getByRole("heading", { name: "AI systems" }).waitFor();
    const session = await guest.request.get(`${steward.url}/api/v1/session`);
    expect(await session.json()).toMatchObject({ account: { name: "Kay" }, roles: ["reader"] });
    await guest.context().close();
  });

  it("are let in and out by their identity provider with a token of an administrator", async () => {
    await page.goto(`${steward.url}/settings/single-sign-on`);
    await page.getByRole("button", { name: "Provisioning by Acme Identity" }).click();
    await page.getByLabel("Name of the token").fill("Entra ID");
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByText("The token, shown this once").waitFor();
    await page.getByRole("cell", { name: "Entra ID", exact: true }).waitFor();
    await expectAccessible(page);
    const token = await page.locator("code", { hasText: /^scim_\w{12}_/ }).innerText();
    const send = async (method: string, path: string, body: object) =>
      fetch(`${steward.url}/scim/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
        body: JSON.stringify(body),
      });
    const user = {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: "lin@example.org",
      displayName: "Lin",
    };
    const added = await send("POST", "/Users", user);
    expect(added.status).toBe(201);
    await page.goto(`${steward.url}/settings/members`);
    await page.getByRole("row", { name: /Lin .*invited/ }).waitFor();
    const off = {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "Replace", path: "active", value: "False" }],
    };
    const { id } = (await added.json()) as { id: string };
    expect((await send("PATCH", `/Users/${id}`, off)).status).toBe(200);
    await page.reload();
    await page.getByRole("row", { name: /Lin .*disabled/ }).waitFor();
  });

  it("confirm with their own sign-in that they join another organisation", async () => {
    const session = (await openContext(browser)).request;
    await session.post(`${steward.url}/api/v1/session`, { data: { email: "ada@example.org", password: PASSWORD } });
    const made = await session.post(`${steward.url}/api/v1/session/organisations`, {
      data: { name: "Sister Robotics", timeZone: "UTC" },
    });
    const organisationId = (await made.json()).id;
    await session.put(`${steward.url}/api/v1/session/organisation`, { data: { organisationId } });
    const person = { name: "Grace", email: "grace@example.org", roles: ["reader"] };
    const { link } = await (await session.post(`${steward.url}/api/v1/members`, { data: person })).json();
    const guest = await openPage(browser);
    await guest.goto(link.url);
    await guest.getByRole("heading", { name: "Join Sister Robotics" }).waitFor();
    await expectAccessible(guest);
    await guest.getByRole("link", { name: "Sign in as grace@example.org" }).click();
    await guest.getByLabel("E-mail").fill("grace@example.org");
    await guest.getByLabel("Password", { exact: true }).fill("a new sentence of Grace");
    await guest.getByRole("button", { name: "Sign in", exact: true }).click();
    await guest.getByText("You are signed in as grace@example.org").waitFor();
    await expectAccessible(guest);
    await guest.getByRole("button", { name: "Join Sister Robotics" }).click();
    await guest.getByRole("heading", { name: "Overview" }).waitFor();
    const now = await guest.request.get(`${steward.url}/api/v1/session`);
    expect(await now.json()).toMatchObject({ organisation: { name: "Sister Robotics" } });
    await guest.context().close();
  });

  it("add a passkey, and sign in by it without a password", async () => {
    const guest = await openPage(browser);
    const devices = await guest.context().newCDPSession(guest);
    await devices.send("WebAuthn.enable");
    await devices.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    const person = { email: "ada@example.org", password: PASSWORD };
    await guest.request.post(`${steward.url}/api/v1/session`, { data: person });
    await guest.goto(`${steward.url}/settings/account`);
    await guest.getByRole("button", { name: "Add a passkey" }).click();
    await guest.getByLabel("Name of the passkey").fill("Ada's laptop");
    await guest.locator("form", { hasText: "Name of the passkey" }).getByLabel("Your password").fill(PASSWORD);
    await expectAccessible(guest);
    await guest.getByRole("button", { name: "Make the passkey" }).click();
    await guest.getByText("Recovery codes, shown this once").waitFor();
    await guest.getByRole("cell", { name: "Ada's laptop", exact: true }).waitFor();
    await expectAccessible(guest);

    await guest.request.delete(`${steward.url}/api/v1/session`);
    await guest.goto(`${steward.url}/sign-in`);
    await guest.getByRole("button", { name: "Sign in with a passkey" }).click();
    await guest.getByRole("heading", { name: "Overview" }).waitFor();

    await guest.request.delete(`${steward.url}/api/v1/session`);
    await guest.goto(`${steward.url}/sign-in`);
    await guest.getByLabel("E-mail").fill(person.email);
    await guest.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await guest.getByRole("button", { name: "Sign in", exact: true }).click();
    await guest.getByRole("heading", { name: "Your second factor" }).waitFor();
    await expectAccessible(guest);
    await guest.getByRole("button", { name: "Sign in with a passkey" }).click();
    await guest.getByRole("heading", { name: "Overview" }).waitFor();
    await guest.context().close();
  });

  /** Changes which roles must come by an identity provider, as the organisation's form does. */
  async function demandSingleSignOn(singleSignOnRoles: string[]): Promise<void> {
    const organisations = `${steward.url}/api/v1/organisations`;
    const [{ id, version }] = (await (await page.request.get(organisations)).json()).items;
    const change = { values: { singleSignOnRoles }, changeReason: "The policy on sign-in." };
    const headers = { "if-match": `"${version}"` };
    const answer = await page.request.patch(`${organisations}/${id}`, { data: change, headers });
    expect(answer.ok(), await answer.text()).toBe(true);
  }

  it("take on roles in an emergency, see it on every page, and give them back", async () => {
    await demandSingleSignOn(["administrator"]);
    await page.goto(steward.url);
    await page.getByText("Your role here demands single sign-on").waitFor();
    await page.getByRole("button", { name: "Sign in with Acme Identity" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Take on roles in an emergency" }).click();
    // The input itself has no size until something is chosen; a person clicks the box around it.
    await page.locator(".mantine-MultiSelect-input").click();
    await page.getByRole("option", { name: /^engineer/ }).click();
    await page.getByLabel("Reason").fill("The engineer on call cannot be reached.");
    await page.getByRole("button", { name: "Take on the roles" }).click();
    await page.getByText("Emergency access: ").waitFor();
    await expectAccessible(page);
    await demandSingleSignOn([]);
    await page.goto(`${steward.url}/settings/permissions`);
    await page.getByRole("heading", { name: "What each may do" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "End it now" }).click();
    await page.getByText("Emergency access: ").waitFor({ state: "detached" });
  });

  it("see nothing as auditors whose time is over", async () => {
    const expiresAt = new Date(Number(steward.clock.now() / 1000n) + 3_600_000).toISOString();
    const person = { name: "Alan", email: "alan@example.org", roles: ["auditor"], expiresAt, deliver: "link" };
    const made = await page.request.post(`${steward.url}/api/v1/members`, { data: person });
    const { link } = await made.json();
    const guest = await openPage(browser);
    await guest.goto(link.url);
    await guest.getByLabel("New password", { exact: true }).fill("a sentence that only Alan knows");
    await guest.getByRole("button", { name: "Set password and sign in" }).click();
    await guest.getByRole("heading", { name: "Overview" }).waitFor();
    steward.clock.advance(2n * 3_600_000_000n);
    await guest.goto(`${steward.url}/registers/systems`);
    await guest.getByRole("heading", { name: "Sign in" }).waitFor();
    await guest.getByLabel("E-mail").fill("alan@example.org");
    await guest.getByLabel("Password", { exact: true }).fill("a sentence that only Alan knows");
    await guest.getByRole("button", { name: "Sign in", exact: true }).click();
    await guest.getByText("The e-mail address or the password is wrong, or the account may not sign in.").waitFor();
    await guest.context().close();
  });
});
