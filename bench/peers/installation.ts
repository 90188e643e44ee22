// Installs peers at the time of the bench, beside Hearth's own tools and never among the project's packages.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, runOrFault } from "../../src/foundation/subprocess.ts";

const TIMEOUT_MS = 300_000;
const root = fileURLToPath(new URL("../../.hearth/bench/", import.meta.url));
/** serverless-offline needs a Serverless Framework; version 4 wants a login, osls is its free continuation. */
const NPM_PACKAGES = ["serverless-offline@14", "osls@4", "lambda-local@2"];

let npm: Promise<string> | undefined;

async function installNpm(): Promise<string> {
  const directory = join(root, "npm");
  if (NPM_PACKAGES.every((it) => existsSync(join(directory, "node_modules", it.split("@")[0] ?? "")))) return directory;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), '{ "private": true }\n');
  const options = ["--no-audit", "--no-fund", "--legacy-peer-deps", "--ignore-scripts", "--loglevel=error"];
  await runOrFault("npm", ["install", "--prefix", directory, ...options, ...NPM_PACKAGES], { timeoutMs: TIMEOUT_MS });
  return directory;
}

/** The directory with the peers that npm has. */
export function npmPeers(): Promise<string> {
  npm ??= installNpm();
  return npm;
}

/** The version of one of them. */
export function npmVersion(directory: string, name: string): string {
  const text = readFileSync(join(directory, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** A Python environment with a package; gives its directory. */
export async function pythonPeer(name: string): Promise<string> {
  const directory = join(root, `python-${name}`);
  if (existsSync(join(directory, "bin", name))) return directory;
  mkdirSync(root, { recursive: true });
  await runOrFault("python3", ["-m", "venv", directory], { timeoutMs: TIMEOUT_MS });
  const options = ["--quiet", "--disable-pip-version-check"];
  await runOrFault(join(directory, "bin/pip"), ["install", ...options, name], { timeoutMs: TIMEOUT_MS });
  return directory;
}

/** The version of a package in it. */
export async function pythonVersion(directory: string, name: string): Promise<string> {
  const code = "import importlib.metadata,sys; print(importlib.metadata.version(sys.argv[1]))";
  return (await runOrFault(join(directory, "bin/python"), ["-c", code, name])).trim();
}

/** A program of a Go module, built with the machine's Go; gives its file. */
export async function goPeer(program: string): Promise<string> {
  const directory = join(root, "go");
  const file = join(directory, basename(program));
  if (existsSync(file)) return file;
  const isThere = await run("go", ["version"]).catch(() => undefined);
  if (isThere === undefined) throw new Error("it is built of its source, and there is no `go` on PATH");
  mkdirSync(directory, { recursive: true });
  const variables = ["CGO_ENABLED=0", "GOFLAGS=-mod=mod", `GOBIN=${directory}`];
  await runOrFault("env", [...variables, "go", "install", `${program}@latest`], { timeoutMs: TIMEOUT_MS });
  return file;
}

/** The version of the module that such a program was built of. */
export async function goVersion(file: string): Promise<string> {
  const lines = (await runOrFault("go", ["version", "-m", file])).split("\n").map((it) => it.trim().split("\t"));
  return lines.find(([kind]) => kind === "mod")?.[2] ?? "of an unknown version";
}
