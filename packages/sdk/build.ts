/**
 * Builds what is published, in `dist/`: one source, as ES modules and as CommonJS, with a package.json that tells each
 * caller which to take. Inside this repository the source itself is imported (see docs/adr/0001).
 *
 *   node packages/sdk/build.ts && npm publish packages/sdk/dist
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const HOME = import.meta.dirname;
const DIST = path.join(HOME, "dist");
const COMMONJS = ["--module", "commonjs", "--moduleResolution", "bundler", "--verbatimModuleSyntax", "false"];

rmSync(DIST, { recursive: true, force: true });
compile("esm", []);
compile("cjs", COMMONJS);
writeJson("cjs/package.json", { type: "commonjs" });
writeJson("package.json", publishedPackage());
copyFileSync(path.join(HOME, "../../LICENSE"), path.join(DIST, "LICENSE"));
copyFileSync(path.join(HOME, "../../docs/sdk.md"), path.join(DIST, "README.md"));

function compile(folder: string, options: readonly string[]): void {
  const project = path.join(HOME, "tsconfig.build.json");
  const compiler = path.join(HOME, "../../node_modules/.bin/tsc");
  execFileSync(compiler, ["-p", project, "--outDir", path.join(DIST, folder), ...options], { stdio: "inherit" });
}

function publishedPackage() {
  const { name, version, description, license } = JSON.parse(readFileSync(path.join(HOME, "package.json"), "utf8"));
  const conditions = (entry: string) => ({
    import: { types: `./esm/${entry}.d.ts`, default: `./esm/${entry}.js` },
    require: { types: `./cjs/${entry}.d.ts`, default: `./cjs/${entry}.js` },
  });
  return {
    name,
    version,
    description,
    license,
    type: "module",
    engines: { node: ">=20" },
    sideEffects: false,
    exports: { ".": { node: conditions("node"), default: conditions("index") } },
  };
}

function writeJson(file: string, content: unknown): void {
  mkdirSync(path.dirname(path.join(DIST, file)), { recursive: true });
  writeFileSync(path.join(DIST, file), `${JSON.stringify(content, null, 2)}\n`);
}
