// What holds of environments whatever keeps them apart: run against every sandbox driver.
import assert from "node:assert/strict";
import { globSync, rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { CreateFunctionCommand, InvokeCommand, type Runtime } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, type RunningHearth } from "../a-hearth.ts";

interface Invoked {
  readonly json: unknown;
  readonly log: string;
  readonly error: string | undefined;
}

/** How a function is made here; everything has a default. */
interface FunctionOptions {
  readonly Runtime?: Runtime;
  readonly Handler?: string;
  readonly Timeout?: number;
}

const whoAmI = "new STSClient({}).send(new GetCallerIdentityCommand({}))";

/** What the tests of one driver use. */
interface Harness {
  readonly skip: string | false;
  name(about: string): string;
  aFunction(FunctionName: string, files: Record<string, string>, more?: FunctionOptions): Promise<void>;
  invoke(FunctionName: string, event?: unknown): Promise<Invoked>;
}

function aHarness(driver: "oci" | "process", skip: string | false): Harness {
  let hearth: RunningHearth;
  before(async () => {
    if (skip === false) hearth = await aHearth({ env: { HEARTH_DRIVER: driver } });
  });
  after(async () => {
    if (skip === false) await hearth[Symbol.asyncDispose]();
    // Plain processes write into the machine's own /tmp.
    for (const mark of globSync("/tmp/hearth-slow-start-*")) rmSync(mark);
  });
  return {
    skip,
    name: (about) => `${driver}: ${about}`,
    async aFunction(FunctionName, files, more = {}) {
      await hearth.lambda.send(
        new CreateFunctionCommand({
          FunctionName,
          Role: role,
          Runtime: more.Runtime ?? "nodejs26.x",
          Handler: more.Handler ?? "index.handler",
          Timeout: more.Timeout ?? 20,
          MemorySize: 512,
          Code: { ZipFile: aZip(files) },
        }),
      );
      await active(hearth.lambda, FunctionName);
    },
    async invoke(FunctionName, event = {}) {
      const output = await hearth.lambda.send(
        new InvokeCommand({ FunctionName, LogType: "Tail", Payload: JSON.stringify(event) }),
      );
      return {
        json: JSON.parse(Buffer.from(output.Payload ?? []).toString()) as unknown,
        log: Buffer.from(output.LogResult ?? "", "base64").toString(),
        error: output.FunctionError,
      };
    },
  };
}

/** Registers the tests for one driver; `skip` says why they can't run here. */
export function environmentsContract(driver: "oci" | "process", skip: string | false): void {
  const harness = aHarness(driver, skip);
  reuse(harness);
  failures(harness);
  contents(harness);
}

function reuse({ name, skip, aFunction, invoke }: Harness): void {
  test(name("state and /tmp stay between invocations, the log says which was cold"), { skip }, async () => {
    await aFunction("warm", {
      "index.mjs":
        "let calls = 0; export const handler = async () => { console.log(`call ${++calls}`); process.stderr.write('bare\\n'); return calls; };",
    });

    const [first, second] = [await invoke("warm"), await invoke("warm")];

    assert.deepEqual([first.json, second.json], [1, 2]);
    assert.match(first.log, /^START .*\n(?:.*\n)*END .*\nREPORT .*\tInit Duration: [\d.]+ ms\t\n$/u);
    assert.match(second.log, /\tINFO\tcall 2\n/u);
    assert.match(second.log, /^bare$/mu);
    assert.doesNotMatch(second.log, /Init Duration|call 1/u);
  });

  test(name("an environment is frozen between invocations: its timers stand still"), { skip }, async () => {
    await aFunction("ticking", {
      "index.mjs": `let ticks = 0; setInterval(() => ticks++, 5);
        export const handler = async (event) => { if (event.busyMs) await new Promise((r) => setTimeout(r, event.busyMs)); return { ticks, now: Date.now() }; };`,
    });
    const before_ = (await invoke("ticking", { busyMs: 200 })).json as { ticks: number; now: number };
    // What passes here is another function's whole cold start and a busy second of it.
    await aFunction("other", { "index.mjs": "export const handler = () => new Promise((r) => setTimeout(r, 1000));" });
    await invoke("other");

    const after_ = (await invoke("ticking")).json as { ticks: number; now: number };

    const passedMs = after_.now - before_.now;
    assert.ok(passedMs > 1000, `${passedMs} ms passed`);
    // Awake, it would have ticked at least once in 10 ms.
    assert.ok(after_.ticks - before_.ticks < passedMs / 10, `${after_.ticks - before_.ticks} ticks in ${passedMs} ms`);
  });
}

function failures({ name, skip, aFunction, invoke }: Harness): void {
  test(name("a timeout, an exit and a thrown error are function errors; a fresh environment follows"), {
    skip,
  }, async () => {
    await aFunction(
      "failing",
      {
        "index.mjs": `let calls = 0; export const handler = async (event) => {
          calls++;
          if (event.how === "throw") throw new RangeError("boom");
          if (event.how === "exit") process.exit(7);
          if (event.how === "hang") await new Promise(() => setInterval(() => 0, 1000));
          return calls; };`,
      },
      { Timeout: 1 },
    );

    assert.deepEqual((await invoke("failing", { how: "throw" })).error, "Unhandled");
    assert.equal((await invoke("failing")).json, 2);
    const exited = (await invoke("failing", { how: "exit" })).json as Record<string, string>;
    assert.equal(exited["errorType"], "Runtime.ExitError");
    assert.match(String(exited["errorMessage"]), /Runtime exited with error: exit status 7$/u);
    assert.equal((await invoke("failing")).json, 1);
    const hung = await invoke("failing", { how: "hang" });
    assert.equal((hung.json as Record<string, string>)["errorType"], "Sandbox.Timedout");
    assert.match(hung.log, /\tStatus: timeout\t\n$/u);
    assert.equal((await invoke("failing")).json, 1);
  });

  test(name("an initialisation that takes over ten seconds runs again inside the first invocation"), {
    skip,
  }, async () => {
    await aFunction(
      "slow-start",
      {
        "index.mjs": `import { existsSync, writeFileSync } from "node:fs";
          const mark = "/tmp/hearth-slow-start-" + process.env.AWS_LAMBDA_LOG_STREAM_NAME.slice(-32);
          // Over ten seconds, but less than an invocation has: a busy machine may not come this far the first time.
          if (!existsSync(mark)) { writeFileSync(mark, ""); await new Promise((r) => setTimeout(r, 12000)); }
          export const handler = async () => "ready";`,
      },
      { Timeout: 30 },
    );

    const { json, log } = await invoke("slow-start");

    assert.equal(json, "ready");
    assert.doesNotMatch(log, /Init Duration/u);
  });
}

function contents({ name, skip, aFunction, invoke }: Harness): void {
  test(name("the AWS SDK is there for both kinds of module, and calls Hearth as the function's role"), {
    skip,
  }, async () => {
    await aFunction("cjs", {
      "index.js": `const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts"); exports.handler = async () => (await ${whoAmI}).Arn;`,
    });
    await aFunction("esm", {
      "index.mjs": `import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts"; export const handler = async () => (await ${whoAmI}).Arn;`,
    });

    assert.equal((await invoke("cjs")).json, "arn:aws:sts::111122223333:assumed-role/tester/cjs");
    assert.equal((await invoke("esm")).json, "arn:aws:sts::111122223333:assumed-role/tester/esm");
  });

  test(name("a package without a bootstrap is told so; one with a shell script runs"), { skip }, async () => {
    await aFunction("empty", { "nothing.txt": "" }, { Runtime: "provided.al2023", Handler: "any" });
    const { json } = await invoke("empty");
    assert.equal((json as Record<string, string>)["errorType"], "Runtime.InvalidEntrypoint");

    const bootstrap = `#!/bin/sh
while true; do
  head=$(mktemp)
  event=$(curl -sS -D "$head" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next")
  id=$(grep -i lambda-runtime-aws-request-id "$head" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response" -d "{\\"echo\\":$event,\\"in\\":\\"$(pwd)\\"}" >/dev/null
done
`;
    await aFunction("shell", { bootstrap }, { Runtime: "provided.al2023", Handler: "any" });
    const answer = (await invoke("shell", { a: 1 })).json as Record<string, unknown>;
    assert.deepEqual(answer["echo"], { a: 1 });
  });

  test(name("the files of the package lie under LAMBDA_TASK_ROOT"), { skip }, async () => {
    await aFunction("reader", {
      "index.mjs": `import { readFileSync } from "node:fs"; import { join } from "node:path";
        const root = process.env.LAMBDA_TASK_ROOT;
        export const handler = async () => readFileSync(join(root, "data.txt"), "utf8");`,
      "data.txt": "of the package",
    });

    assert.equal((await invoke("reader")).json, "of the package");
  });
}
