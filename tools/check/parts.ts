// The parts of src/, which of them may know which, and what of a part may be seen from outside it.
// A new arrow here is a design change: a commit of its own, with a decision record.

const BASE = ["foundation", "model"];
const MIDDLE = [...BASE, "feed", "store", "link"];
// The worker sees no store: it holds no state of the account, and the link is the border.
const WORKER = [...BASE, "feed", "link"];

/** For each part, the parts it may import; everything else is forbidden. */
export const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  foundation: [],
  model: ["foundation"],
  feed: BASE,
  store: BASE,
  link: BASE,
  gateway: MIDDLE,
  "control-plane": MIDDLE,
  events: MIDDLE,
  "neighbours/*": MIDDLE,
  // The data plane follows the invocation; the catalogue is what all its rooms look things up in.
  "data-plane/frontend": [...MIDDLE, "data-plane/counting", "data-plane/assignment", "data-plane/catalogue"],
  "data-plane/counting": [...MIDDLE, "data-plane/catalogue"],
  "data-plane/assignment": [...MIDDLE, "data-plane/placement", "data-plane/catalogue"],
  "data-plane/placement": [...MIDDLE, "data-plane/catalogue"],
  "data-plane/catalogue": MIDDLE,
  "data-plane": [...MIDDLE, "data-plane/*"],
  ...workerParts([
    ["worker"],
    ["environments"],
    ["compiled"],
    ["pools"],
    ["sandboxes"],
    ["runtime-api", "extensions-api", "telemetry-api"],
    ["code", "rootfs", "cgroups", "network"],
    ["http"],
    ["linux"],
  ]),
  main: [
    ...MIDDLE,
    "gateway",
    "control-plane",
    "events",
    "neighbours/*",
    "data-plane",
    "data-plane/*",
    "worker",
    "worker/*",
  ],
  // The commands read the same settings as the processes.
  cli: [
    ...MIDDLE,
    "main",
    "gateway",
    "control-plane",
    "events",
    "neighbours/*",
    "data-plane",
    "data-plane/*",
    "worker",
    "worker/*",
    // `hearth simulate` is a command like any other.
    "simulator",
  ],
  simulator: [
    ...MIDDLE,
    "gateway",
    "control-plane",
    "events",
    "neighbours/*",
    "data-plane",
    "data-plane/*",
    "worker",
    "worker/*",
  ],
  console: ["model"],
};

/** Folders whose subfolders are parts of their own. */
const DIVIDED = new Set(["data-plane", "worker", "neighbours"]);
/** Parts without a door: every file may be imported. */
const OPEN = new Set(["foundation", "model", "store", "link", "worker/http", "worker/linux"]);
/** Doors that are not named like their folder. */
const OTHER_DOORS = new Set([
  "src/worker/sandboxes/sandbox-driver.ts",
  "src/worker/runtime-api/runtime-peer.ts",
  "src/worker/extensions-api/extensions-peer.ts",
  "src/worker/telemetry-api/telemetry.ts",
  "src/worker/environments/environment.ts",
  "src/worker/environments/environment-apis.ts",
  "src/worker/environments/environment-log.ts",
  "src/worker/code/code-cache.ts",
  "src/worker/code/local-code.ts",
]);

/** Each step of an invocation in the worker may know the steps after it, not those beside or before it. */
function workerParts(steps: readonly (readonly string[])[]): Record<string, readonly string[]> {
  const nameOf = (part: string): string => (part === "worker" ? part : `worker/${part}`);
  const table: Record<string, readonly string[]> = {};
  for (const [index, step] of steps.entries()) {
    const later = steps
      .slice(index + 1)
      .flat()
      .map(nameOf);
    for (const part of step) table[nameOf(part)] = [...WORKER, ...later];
  }
  return table;
}

/** The part that a file of src/ belongs to, "data-plane/counting" for example; undefined outside src/ and directly in it. */
export function partOf(path: string): string | undefined {
  const [top, first, second, third] = path.split("/");
  if (top !== "src" || first === undefined || second === undefined) return undefined;
  return DIVIDED.has(first) && third !== undefined ? `${first}/${second}` : first;
}

/** Whether one part may import another. */
export function mayKnow(from: string, to: string): boolean {
  const known = rowOf(from) ?? [];
  return known.includes(to) || known.includes(to.replace(/\/.*/, "/*"));
}

/** Whether the table has a row for this part. */
export function isKnownPart(part: string): boolean {
  return rowOf(part) !== undefined;
}

/** Whether a file may be imported from outside its part. */
export function isDoor(path: string): boolean {
  const part = partOf(path) ?? "";
  const name = part.slice(part.lastIndexOf("/") + 1);
  return OPEN.has(part) || path === `src/${part}/${name}.ts` || OTHER_DOORS.has(path);
}

function rowOf(part: string): readonly string[] | undefined {
  return MAY_KNOW[part] ?? MAY_KNOW[part.replace(/\/.*/, "/*")];
}
