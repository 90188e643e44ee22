// Extensions from layers in real sandboxes: they start before the runtime, hear of invocations and the end, get telemetry, and
// are contained when they hang, crash, flood or subscribe to a dead port.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { aHearth, type RunningHearth, updated, whyNoSandboxes } from "../a-hearth.ts";
import { functionLogAtEnd } from "./function-log.ts";
import { create, publish } from "./a-function.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
let hearth: RunningHearth;
let logs: CloudWatchLogsClient;
before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth();
  logs = new CloudWatchLogsClient(hearth.clientConfig);
});
after(async () => {
  if (reason !== undefined) return;
  logs.destroy();
  await hearth[Symbol.asyncDispose]();
});

/** An extension in Node.js. What it prints stands in the function's log. */
const extension = (body: string, events = '["INVOKE","SHUTDOWN"]'): string => `#!/var/lang/bin/node
const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API;
const name = require("node:path").basename(process.argv[1]);
const api = base + "/2020-01-01/extension";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const post = (path, headers, body) => fetch(api + path, { method: "POST", headers, body });
const put = (path, body) => fetch(base + path, { method: "PUT", headers: { "Lambda-Extension-Identifier": id }, body: JSON.stringify(body) });
let id;
async function register() {
  const answer = await post("/register", { "Lambda-Extension-Name": name, "Lambda-Extension-Accept-Feature": "accountId" }, JSON.stringify({ events: ${events} }));
  id = answer.headers.get("lambda-extension-identifier");
  return await answer.json();
}
const next = async () => await (await fetch(api + "/event/next", { headers: { "Lambda-Extension-Identifier": id } })).json();
(async () => {
${body}
})().catch((error) => { console.log(error); process.exit(9); });
`;

const LOOP = `
for (;;) {
  const event = await next();
  console.log(name + " " + event.eventType + " " + (event.requestId ?? event.shutdownReason));
  if (event.eventType === "SHUTDOWN") process.exit(0);
}`;

const HANDLER = `
console.log("function starts");
export const handler = async (event) => {
  console.log("handled");
  if (event.throws) throw new Error("thrown");
  if (event.exits) process.exit(1);
  if (event.hangs) await new Promise((resolve) => setTimeout(resolve, 60_000));
  return { pid: process.pid, env: Object.keys(process.env).length };
};
`;

async function withExtensions(
  name: string,
  extensions: Readonly<Record<string, string>>,
  more: { Timeout?: number; handler?: string } = {},
): Promise<void> {
  const files = Object.fromEntries(Object.entries(extensions).map(([file, text]) => [`extensions/${file}`, text]));
  const layer = await publish(hearth.lambda, name, files);
  const { handler = HANDLER, ...settings } = more;
  await create(hearth.lambda, name, { files: { "index.mjs": handler }, Layers: [layer], ...settings });
}

interface Invoked {
  readonly json: Readonly<Record<string, unknown>>;
  readonly error: string | undefined;
  readonly tookMs: number;
}

async function invoke(FunctionName: string, event: unknown = {}): Promise<Invoked> {
  const startedMs = performance.now();
  const output = await hearth.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  const json = JSON.parse(Buffer.from(output.Payload ?? []).toString()) as Invoked["json"];
  return { json, error: output.FunctionError, tookMs: performance.now() - startedMs };
}

const logAtEnd = async (name: string): Promise<string> => await functionLogAtEnd(hearth, logs, name);

test("extensions start before the runtime, hear of each invocation, and of the end", { skip }, async () => {
  const said = `console.log(name + " begins"); await sleep(100);
console.log(name + " " + JSON.stringify(await register()));
console.log(name + " sees " + ["AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT", "_HANDLER", "AWS_SESSION_TOKEN"].map((it) => it in process.env));`;
  await withExtensions("two", { "first.js": extension(said + LOOP), second: extension(said + LOOP, '["SHUTDOWN"]') });

  const cold = await invoke("two");
  const warm = await invoke("two");
  const log = await logAtEnd("two");

  assert.equal(cold.json["pid"], warm.json["pid"]);
  const about =
    '{"functionName":"two","functionVersion":"$LATEST","handler":"index.handler","accountId":"111122223333"}';
  for (const name of ["first.js", "second"]) {
    assert.ok(log.includes(`${name} ${about}`), log);
    assert.ok(log.includes(`${name} sees true,false,false,true`), log);
    assert.ok(log.includes(`${name} SHUTDOWN spindown`), log);
  }
  assert.ok(
    log.indexOf("first.js begins") < log.indexOf("function starts"),
    "extensions register before the runtime starts",
  );
  assert.match(log, /EXTENSION\tName: first\.js\tState: Ready\tEvents: \[INVOKE, SHUTDOWN\]\n/u);
  assert.match(log, /EXTENSION\tName: second\tState: Ready\tEvents: \[SHUTDOWN\]\n/u);
  assert.equal([...log.matchAll(/first\.js INVOKE [\w-]{36}/gu)].length, 2);
  assert.equal([...log.matchAll(/second INVOKE/gu)].length, 0);
});

test("the answer does not wait for extensions, the environment does", { skip }, async () => {
  await withExtensions("slow", {
    slow: extension(`await register();
for (;;) { const event = await next(); if (event.eventType === "SHUTDOWN") process.exit(0); await sleep(1500); }`),
  });
  await invoke("slow");

  const answered = await invoke("slow");
  const again = await invoke("slow");

  assert.ok(answered.tookMs < 1_200, `${answered.tookMs} ms`);
  // Those that came while the extension was at work got environments of their own.
  assert.notEqual(answered.json["pid"], undefined);
  assert.equal(again.error, undefined);
  const log = await logAtEnd("slow");
  const durations = [...log.matchAll(/REPORT .*?\tDuration: ([\d.]+) ms/gu)].map((it) => Number(it[1]));
  assert.ok(
    durations.length >= 3 && durations.every((it) => it >= 1_500),
    `billed with its extension: ${durations.join(" ")}`,
  );
});

test("an extension that crashes fails what runs, and its environment; the next one is fresh", { skip }, async () => {
  await withExtensions(
    "crash",
    {
      crash: extension(`await register(); await next(); await sleep(100); process.exit(7);`),
    },
    {
      handler:
        "export const handler = async () => { await new Promise((resolve) => setTimeout(resolve, 1000)); return {}; };",
    },
  );

  const crashed = await invoke("crash");

  assert.equal(crashed.error, "Unhandled");
  assert.equal(crashed.json["errorType"], "Extension.Crash");
  assert.match(String(crashed.json["errorMessage"]), /^RequestId: [\w-]{36} Error: exit status 7$/u);
});

test("one that can't be started, one that reports an error and one that never registers fail the initialisation", {
  skip,
}, async () => {
  await withExtensions("reports", {
    reports: extension(`await register();
await post("/init/error", { "Lambda-Extension-Identifier": id, "Lambda-Extension-Function-Error-Type": "Extension.NoConfig" }, "{}");
process.exit(1);`),
  });
  await withExtensions("broken", { broken: "#!/nothing/here\\n" });
  await withExtensions("mute", { mute: extension("await sleep(60_000);") }, { Timeout: 2 });

  const [reports, broken, mute] = [await invoke("reports"), await invoke("broken"), await invoke("mute")];

  assert.deepEqual([reports.error, reports.json["errorType"]], ["Unhandled", "Extension.InitError"]);
  assert.deepEqual([broken.error, broken.json["errorType"]], ["Unhandled", "Extension.LaunchError"]);
  // Ten seconds of its own, and then the function's timeout.
  assert.deepEqual([mute.error, mute.json["errorType"]], ["Unhandled", "Sandbox.Timedout"]);
  const log = await logAtEnd("reports");
  assert.match(
    log,
    /EXTENSION\tName: reports\tState: InitError\tEvents: \[INVOKE, SHUTDOWN\]\tError Type: Extension\.NoConfig\n/u,
  );
  assert.match(
    log,
    /INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: error\tError Type: Extension\.InitError/u,
  );
});

test("an extension that hangs costs the function its timeout, not the worker", { skip }, async () => {
  await withExtensions(
    "hang",
    { hang: extension("await register(); await next(); await sleep(60_000);") },
    { Timeout: 1 },
  );

  const hung = await invoke("hang");
  const log = await logAtEnd("hang");

  // The runtime had answered by then.
  assert.deepEqual([hung.error, typeof hung.json["pid"]], [undefined, "number"]);
  assert.match(log, /REPORT .*Duration: 1000\.00 ms.*Status: timeout/u);
});

test("the runtime's end is told to extensions with its reason", { skip }, async () => {
  await withExtensions("reasons", { watch: extension("await register();" + LOOP) }, { Timeout: 1 });

  const exited = await invoke("reasons", { exits: true });
  const hung = await invoke("reasons", { hangs: true });
  const log = await logAtEnd("reasons");

  assert.deepEqual([exited.json["errorType"], hung.json["errorType"]], ["Runtime.ExitError", "Sandbox.Timedout"]);
  assert.match(log, /watch SHUTDOWN failure/u);
  assert.match(log, /watch SHUTDOWN timeout/u);
});

const TELEMETRY = (types: string, more = ""): string => `
const got = [];
const server = require("node:http").createServer((message, response) => {
  let text = "";
  message.on("data", (chunk) => (text += chunk));
  message.on("end", () => { got.push(...JSON.parse(text)); response.end(); });
});
await new Promise((resolve) => server.listen(4243, "sandbox.localdomain", resolve));
await register();
const answer = await put("/2022-07-01/telemetry", {
  schemaVersion: "2022-12-13", types: ${types}, buffering: { maxItems: 1000, maxBytes: 262144, timeoutMs: 25 },
  destination: { protocol: "HTTP", URI: "http://sandbox.localdomain:4243" },
});
console.log("subscribed " + answer.status + " " + (await answer.text()));
${more}
for (;;) {
  const event = await next();
  if (event.eventType === "SHUTDOWN") {
    await sleep(200);
    for (const it of got) console.log("GOT " + JSON.stringify(it));
    process.exit(0);
  }
  while (!got.some((it) => it.type === "platform.runtimeDone" && it.record.requestId === event.requestId)) await sleep(5);
}`;

test("a subscriber gets every platform event of the phases, and the function's and extensions' lines", {
  skip,
}, async () => {
  await withExtensions("telemetry", { tele: extension(TELEMETRY('["platform","function","extension"]')) });

  const { error } = await invoke("telemetry");
  const failed = await invoke("telemetry", { throws: true });
  const log = await logAtEnd("telemetry");

  assert.deepEqual([error, failed.error], [undefined, "Unhandled"]);
  assert.match(log, /subscribed 200 "OK"/u);
  assert.match(log, /TELEMETRY\tName: tele\tState: Subscribed\tTypes: \[Platform, Function, Extension\]\n/u);
  const got = [...log.matchAll(/^GOT (.*)$/gmu)].map(
    (it) => JSON.parse(it[1] ?? "") as { type: string; record: never },
  );
  const types = new Set(got.map((it) => it.type));
  for (const type of [
    "platform.initStart",
    "platform.telemetrySubscription",
    "platform.initRuntimeDone",
    "platform.extension",
    "platform.initReport",
    "platform.start",
    "platform.runtimeDone",
    "platform.report",
    "function",
    "extension",
  ])
    assert.ok(types.has(type), `${type} is missing among ${[...types].join(" ")}`);
  const of = (type: string): Readonly<Record<string, unknown>>[] =>
    got.filter((it) => it.type === type).map((it) => it.record);
  assert.deepEqual(of("platform.extension")[0], { name: "tele", state: "Ready", events: ["INVOKE", "SHUTDOWN"] });
  assert.deepEqual(
    of("platform.runtimeDone").map((it) => it["status"]),
    ["success", "success"],
  );
  assert.ok(of("platform.report").every((it) => "extensionOverhead" === (it["spans"] as { name: string }[])[0]?.name));
  assert.ok(got.some((it) => it.type === "function" && String(it.record).includes("handled")));
});

test("a dead port and a flood of lines hold up nobody; what is lost is counted", { skip }, async () => {
  const handler =
    "export const handler = async () => { for (let i = 0; i < 3000; i++) console.log('x'.repeat(500)); return 'done'; };";
  await withExtensions(
    "dead",
    {
      dead: extension(`await register();
await put("/2022-07-01/telemetry", { schemaVersion: "2022-12-13", types: ["function"], buffering: { maxItems: 1000, maxBytes: 262144, timeoutMs: 25 }, destination: { protocol: "TCP", port: 9 } });
for (;;) { const event = await next(); if (event.eventType === "SHUTDOWN") process.exit(0); }`),
      flood: extension(
        `await register(); for (;;) { for (let i = 0; i < 2000; i++) process.stdout.write("y".repeat(200) + "\\n"); const event = await next(); if (event.eventType === "SHUTDOWN") process.exit(0); }`,
      ),
    },
    { handler },
  );

  const first = await invoke("dead");
  const second = await invoke("dead");

  assert.deepEqual([first.error, second.error, second.json], [undefined, undefined, "done"]);
  assert.ok(second.tookMs < 5_000, `${second.tookMs} ms`);
});

test("an internal extension registers from the runtime's process, and is given half a second at the end", {
  skip,
}, async () => {
  const handler = `
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension";
const register = (name, events) => fetch(api + "/register", { method: "POST", headers: { "Lambda-Extension-Name": name }, body: JSON.stringify({ events }) });
const refused = await (await register("inner", ["SHUTDOWN"])).json();
const answer = await register("inner", ["INVOKE"]);
const id = answer.headers.get("lambda-extension-identifier");
const next = () => fetch(api + "/event/next", { headers: { "Lambda-Extension-Identifier": id } }).then((it) => it.json());
let invocations = 0;
void (async () => { for (;;) { await next(); invocations++; } })();
process.on("SIGTERM", () => { console.log("asked to go"); process.exit(0); });
export const handler = async () => {
  const late = await (await register("late", [])).json();
  return { refused, status: answer.status, late, invocations };
};`;
  await create(hearth.lambda, "inner", { files: { "index.mjs": handler } });

  const first = await invoke("inner");
  const second = await invoke("inner");
  const log = await logAtEnd("inner");

  assert.deepEqual(first.json["refused"], {
    errorMessage: "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension",
    errorType: "Extension.InvalidEventType",
  });
  assert.deepEqual(first.json["late"], {
    errorMessage: "Extension registration closed already",
    errorType: "Extension.RegistrationClosed",
  });
  assert.equal(first.json["status"], 200);
  assert.ok(Number(second.json["invocations"]) >= 1);
  assert.match(log, /EXTENSION\tName: inner\tState: Ready\tEvents: \[INVOKE\]/u);
  assert.match(log, /asked to go/u);
});

test("a function whose layers with extensions are taken away runs without", { skip }, async () => {
  await withExtensions("without", { ext: extension("await register();" + LOOP) });
  await invoke("without");
  await hearth.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "without", Layers: [] }));
  await updated(hearth.lambda, "without");

  const { error } = await invoke("without");

  assert.equal(error, undefined);
});
