import path from "node:path";
import { inspect } from "node:util";

import { describe, expect, it } from "vitest";

import { ConfigError, loadConfig } from "./config.ts";

const HERE = path.resolve("/srv/steward");

describe("loadConfig", () => {
  it("needs no variable at all", () => {
    expect(loadConfig({}, HERE)).toEqual({
      dataDir: path.join(HERE, ".steward"),
      databaseUrl: undefined,
      host: "127.0.0.1",
      port: 42001,
      publicUrl: "http://localhost:42001",
      logLevel: "info",
      metricsToken: undefined,
      trustedProxies: [],
      webhookNetworks: [],
      files: {
        directory: path.join(HERE, ".steward", "files"),
        s3: undefined,
        maxBytes: 104_857_600,
        virusScan: undefined,
      },
      tls: undefined,
      acceptClock: false,
      mail: undefined,
      serviceAccount: undefined,
    });
  });

  it("takes every variable", () => {
    const config = loadConfig(
      {
        STEWARD_DATA_DIR: "/var/lib/steward",
        DATABASE_URL: "postgresql://steward:hunter2@db.example.org:5433/steward?sslmode=verify-full",
        STEWARD_HOST: "::",
        STEWARD_PORT: "8080",
        STEWARD_PUBLIC_URL: "https://steward.example.org/",
        STEWARD_LOG_LEVEL: "debug",
        STEWARD_METRICS_TOKEN: "0123456789abcdef",
        STEWARD_TRUSTED_PROXIES: "10.0.0.0/8, ::1,loopback",
        STEWARD_WEBHOOK_NETWORKS: "loopback,10.1.0.0/16",
        STEWARD_SMTP_URL: "smtps://mailer:hunter%402@mail.example.org",
        STEWARD_MAIL_FROM: "AI office <ai@example.org>",
        STEWARD_SERVICE_ACCOUNT: "steward",
        STEWARD_FILES_DIR: "evidence",
        STEWARD_S3_URL: "https://s3.example.org/steward/files",
        STEWARD_S3_ACCESS_KEY_ID: "AKIA",
        STEWARD_S3_SECRET_ACCESS_KEY: "hunter2",
        STEWARD_FILE_MAX_MB: "5",
        STEWARD_VIRUS_SCAN: "tcp://clamav",
      },
      HERE,
    );
    expect(config).toMatchObject({
      dataDir: path.resolve("/var/lib/steward"),
      host: "::",
      port: 8080,
      publicUrl: "https://steward.example.org",
      logLevel: "debug",
      trustedProxies: ["10.0.0.0/8", "::1", "loopback"],
      webhookNetworks: ["loopback", "10.1.0.0/16"],
      serviceAccount: "steward",
      mail: { host: "mail.example.org", port: 465, secure: true, fromName: "AI office", fromAddress: "ai@example.org" },
    });
    expect(config.mail?.login?.password.reveal()).toBe("hunter@2");
    expect(config.databaseUrl?.reveal()).toContain("hunter2");
    expect(config.metricsToken?.reveal()).toBe("0123456789abcdef");
  });

  it("counts an empty variable as unset", () => {
    expect(loadConfig({ STEWARD_PORT: "", DATABASE_URL: "" }, HERE)).toMatchObject({ port: 42001 });
  });

  it("derives the public address from the port", () => {
    expect(loadConfig({ STEWARD_PORT: "9000" }, HERE).publicUrl).toBe("http://localhost:9000");
  });

  it.each([
    "postgres://localhost/steward",
    "postgresql://steward@/steward?host=/run/postgresql",
    "postgresql:///steward?host=/run/postgresql",
    "postgresql://a:b%40c@[::1]:5432/d",
  ])("accepts the database address %s", (url) => {
    expect(loadConfig({ DATABASE_URL: url }, HERE).databaseUrl?.reveal()).toBe(url);
  });

  it.each([
    ["smtp://mail.example.org", { port: 587, secure: false, requireTls: true, login: undefined }],
    ["smtp://mail.example.org?tls=optional", { requireTls: false }],
    ["smtp://localhost:1025", { port: 1025, requireTls: false }],
    ["smtp://[::1]:1025?tls=required", { host: "::1", requireTls: true }],
  ])("takes the mail server %s, with TLS unless it is this machine", (url, mail) => {
    expect(loadConfig({ STEWARD_SMTP_URL: url }, HERE).mail).toMatchObject({
      ...mail,
      fromName: "Steward",
      fromAddress: "steward@localhost",
    });
  });

  it.each([
    ["STEWARD_DATA_DIR", "/srv/\0", "path of a folder"],
    ["DATABASE_URL", "mysql://localhost/steward", "postgresql://"],
    ["DATABASE_URL", "postgresql://localhost", "postgresql://"],
    ["DATABASE_URL", "localhost", "postgresql://"],
    ["STEWARD_HOST", "http://localhost", "IP address or a host name"],
    ["STEWARD_HOST", "-a", "IP address or a host name"],
    ["STEWARD_PORT", "65536", "0 to 65535"],
    ["STEWARD_PORT", "80a", "0 to 65535"],
    ["STEWARD_PORT", "-1", "0 to 65535"],
    ["STEWARD_PORT", "1e3", "0 to 65535"],
    ["STEWARD_PUBLIC_URL", "steward.example.org", "http or https address without path"],
    ["STEWARD_PUBLIC_URL", "https://example.org/steward", "http or https address without path"],
    ["STEWARD_PUBLIC_URL", "ftp://example.org", "http or https address without path"],
    ["STEWARD_LOG_LEVEL", "verbose", "fatal, error, warn, info, debug, trace, silent"],
    ["STEWARD_METRICS_TOKEN", "short", "at least 16 characters"],
    ["STEWARD_METRICS_TOKEN", "with a space in it somewhere", "visible ASCII"],
    ["STEWARD_TRUSTED_PROXIES", "10.0.0.0/33", "CIDR ranges"],
    ["STEWARD_TRUSTED_PROXIES", "proxy.example.org", "CIDR ranges"],
    ["STEWARD_SMTP_URL", "https://mail.example.org", "smtp://user:password"],
    ["STEWARD_SMTP_URL", "smtp://mail.example.org?tls=never", "smtp://user:password"],
    ["STEWARD_SMTP_URL", "smtp://mail.example.org/in", "smtp://user:password"],
    ["STEWARD_MAIL_FROM", "nobody", "Steward <steward@example.org>"],
    ["STEWARD_MAIL_FROM", "a@b.c, d@e.f", "Steward <steward@example.org>"],
    ["STEWARD_SERVICE_ACCOUNT", "a b", "Unix account"],
    ["STEWARD_S3_URL", "https://s3.example.org", "address of a bucket"],
    ["STEWARD_TLS_CERT", "/etc/steward/tls.crt", "go together"],
    ["STEWARD_ACCEPT_CLOCK", "no", "must be yes"],
    ["STEWARD_S3_URL", "https://key:secret@s3.example.org/b", "address of a bucket"],
    ["STEWARD_S3_URL", "https://s3.example.org/b/../c", "address of a bucket"],
    ["STEWARD_S3_URL", "https://s3.example.org/b", "STEWARD_S3_SECRET_ACCESS_KEY"],
    ["STEWARD_FILE_MAX_MB", "0", "1 to 2048"],
    ["STEWARD_VIRUS_SCAN", "clamscan", "command:/path"],
  ])("refuses %s=%s, naming it and what is allowed", (name, value, allowed) => {
    const load = () => loadConfig({ [name]: value }, HERE);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(name);
    expect(load).toThrow(allowed);
  });

  it("serves over TLS under an https address only", () => {
    const tls = { STEWARD_TLS_CERT: "tls.crt", STEWARD_TLS_KEY: "/run/tls.key" };
    expect(loadConfig(tls, HERE)).toMatchObject({
      publicUrl: "https://localhost:42001",
      tls: { certFile: path.join(HERE, "tls.crt"), keyFile: path.resolve("/run/tls.key") },
    });
    expect(() => loadConfig({ ...tls, STEWARD_PUBLIC_URL: "http://steward.example.org" }, HERE)).toThrow("https://");
  });

  it("names all wrong variables at once", () => {
    const load = () => loadConfig({ STEWARD_PORT: "x", STEWARD_HOST: "a b" }, HERE);
    expect(load).toThrow(/STEWARD_HOST[^]*STEWARD_PORT/);
  });

  it("never shows a secret", () => {
    const secret = "postgresql://steward:hunter2@db/steward";
    const config = loadConfig(
      {
        DATABASE_URL: secret,
        STEWARD_METRICS_TOKEN: "hunter2-hunter2-hunter2",
        STEWARD_SMTP_URL: "smtp://me:hunter2@mail",
      },
      HERE,
    );
    for (const text of [JSON.stringify(config), inspect(config), `${config.databaseUrl}`]) {
      expect(text).not.toContain("hunter2");
    }
    const wrong = () => loadConfig({ DATABASE_URL: "mysql://a:hunter2@db/x", STEWARD_METRICS_TOKEN: "hunter2" }, HERE);
    expect(wrong).toThrow(expect.objectContaining({ message: expect.not.stringContaining("hunter2") }));
  });
});
