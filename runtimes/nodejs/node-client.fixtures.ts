// Hearth's Node.js client in the versions that differ: the newest, and 22, the last with callbacks.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeBinary } from "../../src/worker/rootfs/node-runtime.ts";
import { messageOf } from "../../src/foundation/fault.ts";
import { type Outcome, runClient, type Run } from "../fake-runtime-api.fixtures.ts";

const client = fileURLToPath(new URL("index.mjs", import.meta.url));
/** Where other tests build their roots too, so that Node 22 is fetched once. */
const cache = join(tmpdir(), "hearth-test-runtimes", "cache");

/** A Node with the client, or why there is none. */
export interface NodeVersion {
  readonly binary: string | undefined;
  readonly skip: string | false;
}

/** The Node that runs the tests. */
export const newest: NodeVersion = { binary: process.execPath, skip: false };

/** The last Node with callbacks. */
export const legacy: NodeVersion = await nodeBinary("22", cache).then(
  (binary) => ({ binary, skip: false }),
  (error: unknown) => ({ binary: undefined, skip: `no Node 22: ${messageOf(error)}` }),
);

/** One run: code in files, or as the sole file `index.mjs`. */
export async function runNode(
  code: string | Readonly<Record<string, string>>,
  more: Partial<Run> & { readonly on?: NodeVersion; readonly event?: unknown } = {},
): Promise<Outcome> {
  const { on = newest, event = {}, ...rest } = more;
  return await runClient({
    command: [on.binary ?? "", client],
    files: typeof code === "string" ? { "index.mjs": code } : code,
    handler: "index.handler",
    events: [{ body: JSON.stringify(event) }],
    ...rest,
  });
}
