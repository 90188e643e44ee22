// How long Hearth takes from its start until it serves invocations, when all is installed.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atMost, type Row, row, type Target } from "../report/row.ts";
import { type Bench, rest, temporaryDirectory } from "../section.ts";
import { sharedRuntimes } from "../../tests/a-hearth.ts";
import { ended } from "../yardsticks/bare-server.ts";

const READY = /worker \w+ joined/u;
const TIMEOUT_MS = 30_000;
const REST_MS = 300;
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Milliseconds until a worker has joined; then it is stopped as a user would stop it. */
async function startOnce(command: readonly string[], data: string): Promise<number> {
  const [file = "", ...args] = command;
  const startedMs = performance.now();
  const child = spawn(file, [...args, "--port", "0", "--data", data], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      HEARTH_NODE: process.execPath,
      HEARTH_RUNTIMES: sharedRuntimes,
      HEARTH_BASE_IMAGES: "never",
      HEARTH_POOL: "0",
    },
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      let said = "";
      const timeout = setTimeout(() => reject(new Error(`not ready:\n${said}`)), TIMEOUT_MS);
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (!READY.test(said)) return;
        clearTimeout(timeout);
        resolve(performance.now() - startedMs);
      });
    });
  } finally {
    await ended(child, "SIGTERM");
  }
}

export async function startUp(bench: Bench): Promise<readonly Row[]> {
  const commands: readonly { id: string; what: string; command: readonly string[]; target: Target | undefined }[] = [
    {
      id: "start-up.hearth-start",
      what: "from `hearth start` until ready",
      command: ["sh", join(root, "bin/hearth"), "start"],
      target: atMost(600, 300),
    },
    {
      id: "start-up.supervisor",
      what: "from the supervisor's start until ready",
      command: ["sh", join(root, "src/main/supervisor.sh")],
      target: undefined,
    },
  ];
  await using directory = temporaryDirectory();
  const times = commands.map((): number[] => []);
  // The first makes what every later start finds: database, keys, certificate.
  for (let round = -1; round < (bench.isQuick ? 3 : 10); round++) {
    bench.say(`round ${round + 1}`);
    for (const [index, { command }] of commands.entries()) {
      const tookMs = await startOnce(command, join(directory.path, "data"));
      if (round >= 0) times[index]?.push(tookMs);
      await rest(REST_MS);
    }
  }
  return commands.map(({ id, what, target }, index) =>
    row({ id, what, unit: "ms", hearth: times[index] ?? [], target }),
  );
}
