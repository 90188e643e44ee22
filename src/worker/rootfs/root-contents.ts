// Makes a root of somebody else's files ready to run a runtime: mount points, a client where it brings none, and how to start.
import { lstatSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Fault } from "../../foundation/fault.ts";
import type { Runtime } from "../../model/runtimes.ts";
import { addClient, clientHash } from "./client.ts";
import { inside, placeInside } from "./inside.ts";
import type { RootContents, RuntimeStart } from "./root-record.ts";
import { runInRoot } from "./run-in-root.ts";

/** Directories that sandboxes mount something on, or that functions count on. */
export const MOUNT_POINTS: readonly string[] = [
  "proc",
  "dev",
  "tmp",
  "opt",
  "mnt",
  "var/task",
  "var/rapid",
  "var/runtime",
];
const BOOTSTRAP = "/var/runtime/bootstrap";

/** Where a root has the interpreter of a runtime, in the order in which they are tried. */
function interpretersOf(runtime: Runtime): readonly string[] {
  if (runtime.family === "provided") return [];
  const name = { nodejs: "node", python: `python${runtime.version}`, java: "java", ruby: "ruby" }[runtime.family];
  return ["/var/lang/bin", "/usr/local/bin", "/usr/bin", "/bin"].map((it) => `${it}/${name}`);
}

/** Whether a root has something to run at a path. */
export function isExecutableIn(root: string, path: string): boolean {
  const stat = statSync(inside(root, path), { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o001) !== 0;
}

/** How a root's runtime starts, and with which interpreter if one can be told. Undefined where it has nothing to start. */
export function findStart(
  root: string,
  runtime: Runtime,
): { readonly start: RuntimeStart; readonly interpreter: string | undefined } | undefined {
  if (runtime.family === "provided") return { start: { kind: "package" }, interpreter: undefined };
  const interpreter = interpretersOf(runtime).find((it) => isExecutableIn(root, it));
  if (isExecutableIn(root, BOOTSTRAP)) return { start: { kind: "own", bootstrap: BOOTSTRAP }, interpreter };
  // Only to Node.js and Python can a client of ours be added: another image that has none can't run functions.
  if (runtime.family === "java" || runtime.family === "ruby") return undefined;
  return interpreter === undefined ? undefined : { start: { kind: runtime.family, interpreter }, interpreter };
}

/** How an interpreter is asked, and what the right one says first. */
const QUESTIONS: Readonly<Record<Exclude<Runtime["family"], "provided">, Question>> = {
  nodejs: { args: ["--version"], right: (version) => `v${version}.` },
  python: {
    args: ["-I", "-c", "import sys, json, socket; print('Python %d.%d,' % sys.version_info[:2])"],
    right: (version) => `Python ${version},`,
  },
  java: { args: ["--version"], right: (version) => `openjdk ${version}` },
  ruby: { args: ["--version"], right: (version) => `ruby ${version}.` },
};

interface Question {
  readonly args: readonly string[];
  right(version: string): string;
}

/** What is wrong with a root's interpreter, found by starting it; undefined when it is right, or can't be tried here. */
export async function interpreterFault(
  root: string,
  runtime: Runtime,
  interpreter: string,
): Promise<string | undefined> {
  if (runtime.family === "provided") return undefined;
  const { args, right } = QUESTIONS[runtime.family];
  const said = await runInRoot(root, [interpreter, ...args]);
  if (said === undefined) return undefined;
  const found = said.stdout.trim();
  const why = said.stderr.trim().split("\n").at(-1) ?? "";
  if (said.code !== 0) return `${interpreter} does not start: ${why || `it ended with ${said.code}`}`;
  return found.startsWith(right(runtime.version))
    ? undefined
    : `${interpreter} is ${found}, and ${runtime.name} wants ${runtime.version}`;
}

/** Directories for the sandbox's mounts, and the files that it puts others over. */
export function addMountPoints(root: string, points: readonly string[] = MOUNT_POINTS): void {
  for (const path of points) {
    const place = placeInside(root, path);
    const there = lstatSync(place, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) continue;
    // A link or a file where something is mounted would lead the mount elsewhere.
    rmSync(place, { force: true });
    mkdirSync(place, { mode: 0o755 });
  }
  const resolvConf = placeInside(root, "etc/resolv.conf");
  rmSync(resolvConf, { recursive: true, force: true });
  writeFileSync(resolvConf, "");
}

/** Makes a filled root ready. Throws a Fault where it can't run the runtime. */
export async function settleContents(
  root: string,
  runtime: Runtime,
  from: string,
  environment: Readonly<Record<string, string>>,
): Promise<RootContents> {
  addMountPoints(root);
  const found = findStart(root, runtime);
  if (found === undefined) {
    throw new Fault(
      `${from} can't run ${runtime.name}: it has no ${BOOTSTRAP}, and none of ${interpretersOf(runtime).join(", ")}`,
    );
  }
  const fault = found.interpreter === undefined ? undefined : await interpreterFault(root, runtime, found.interpreter);
  if (fault !== undefined) throw new Fault(`${from} can't run ${runtime.name}: ${fault}`);
  const { start } = found;
  if (start.kind !== "nodejs" && start.kind !== "python") return { from, start, environment, client: undefined };
  const directory = inside(root, "var/runtime");
  // Emptied first: what lies there could be links that a copy would follow.
  rmSync(directory, { recursive: true });
  mkdirSync(directory, { mode: 0o755 });
  await addClient(start.kind, directory);
  return { from, start, environment, client: clientHash(start.kind) };
}
