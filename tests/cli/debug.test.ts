// hearth debug: Node's inspector and debugpy, through the port that the command opens; the timeout is held.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { aHearth, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { create } from "../clients/a-function.ts";
import { hostPython } from "../clients/host-python.ts";
import { frameworkFiles, whyNoFrameworks } from "../frameworks.ts";

const hearthCommand = fileURLToPath(new URL("../../bin/hearth", import.meta.url));
const python = await hostPython();
const noPython =
  (await whyNoSandboxes()) ??
  (python === undefined ? "the host has no Python 3.9 to 3.14" : undefined) ??
  whyNoFrameworks("debugpy") ??
  false;

let hearth: RunningHearth;
let lambda: LambdaClient;
before(async () => {
  hearth = await aHearth();
  // The command line's own account.
  lambda = new LambdaClient({
    endpoint: hearth.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "000000000000", secretAccessKey: "any" },
    maxAttempts: 1,
  });
});
after(async () => {
  lambda.destroy();
  await hearth[Symbol.asyncDispose]();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

interface Debugging extends AsyncDisposable {
  readonly port: number;
  readonly process: ChildProcess;
}

async function debugging(name: string): Promise<Debugging> {
  const debugPort = await freePort();
  const args = ["debug", name, "--debug-port", String(debugPort), "--port", new URL(hearth.endpoint).port];
  const child = spawn("sh", [hearthCommand, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HEARTH_NODE: process.execPath },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const said = await Promise.race([
    once(createInterface(child.stdout), "line").then(([line]) => line as string),
    once(child, "exit").then(() => assert.fail(stderr)),
  ]);
  assert.match(said, new RegExp(`waits for a debugger at 127\\.0\\.0\\.1:${debugPort};`, "u"));
  return {
    port: debugPort,
    process: child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGINT");
      await once(child, "exit");
    },
  };
}

/** As debuggers do that attach by themselves: until something listens. */
async function inspectorUrl(port: number): Promise<string> {
  const signal = AbortSignal.timeout(20_000);
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal });
      const [target] = (await answer.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
      assert.ok(target !== undefined);
      return target.webSocketDebuggerUrl;
    } catch (error) {
      if (signal.aborted) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly callFrames?: readonly { readonly callFrameId: string }[] };
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

/** A client of the inspector's protocol. */
async function attach(url: string) {
  const socket = new WebSocket(url);
  await once(socket, "open");
  const messages: Message[] = [];
  const listeners = new Set<() => void>();
  socket.addEventListener("message", ({ data }) => {
    messages.push(JSON.parse(String(data)) as Message);
    for (const it of listeners) it();
  });
  const until = (isMeant: (message: Message) => boolean): Promise<Message> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = messages.find(isMeant);
        if (found === undefined) return;
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
    });
  let id = 0;
  return {
    until,
    close: () => socket.close(),
    send(method: string, params: object = {}): Promise<Message> {
      const own = ++id;
      socket.send(JSON.stringify({ id: own, method, params }));
      return until((it) => it.id === own);
    },
  };
}

const HANDLER = `export const handler = async (event) => {
  let word = "as it was";
  const said = event.word;
  return { word, said, initialised: globalThis.initialised };
};
globalThis.initialised = true;
`;

async function invoke(FunctionName: string): Promise<unknown> {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify({ word: "given" }) }),
  );
  const text = Buffer.from(Payload ?? []).toString();
  assert.equal(FunctionError, undefined, text);
  return JSON.parse(text);
}

test("a breakpoint in the handler stops it for longer than its timeout; what is changed there counts", async () => {
  await create(lambda, "inspected", { files: { "app.mjs": HANDLER }, Handler: "app.handler", Timeout: 1 });
  assert.deepEqual(await invoke("inspected"), { word: "as it was", said: "given", initialised: true });
  const session = await debugging("inspected");
  const answered = invoke("inspected");

  const client = await attach(await inspectorUrl(session.port));
  await client.send("Runtime.enable");
  await client.send("Debugger.enable");
  await client.send("Debugger.setBreakpointByUrl", { urlRegex: ".*/app\\.mjs.*", lineNumber: 3 });
  await client.send("Runtime.runIfWaitingForDebugger");
  const paused = await client.until((it) => it.method === "Debugger.paused");
  const callFrameId = paused.params?.callFrames?.[0]?.callFrameId ?? "";
  // More than the function's second.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const seen = await client.send("Debugger.evaluateOnCallFrame", {
    callFrameId,
    expression: "said",
    returnByValue: true,
  });
  await client.send("Debugger.evaluateOnCallFrame", { callFrameId, expression: 'word = "as it is"' });
  await client.send("Debugger.resume");

  assert.equal(seen.result?.result?.value, "given");
  assert.deepEqual(await answered, { word: "as it is", said: "given", initialised: true });
  client.close();
  await session[Symbol.asyncDispose]();

  assert.deepEqual(await invoke("inspected"), { word: "as it was", said: "given", initialised: true }, "nothing waits");
  await assert.rejects(fetch(`http://127.0.0.1:${session.port}/json/list`));
});

test("debugpy from the package is attached to, in a sandbox", { skip: noPython }, async () => {
  const app = `import debugpy
def handler(event, context):
    return {'attached': debugpy.is_client_connected(), 'said': event['word']}
`;
  const files = { ...frameworkFiles("debugpy", "."), "app.py": app };
  await create(lambda, "debugpy", { files, Runtime: python?.runtime, Handler: "app.handler", Timeout: 1 });
  await using session = await debugging("debugpy");
  const answered = invoke("debugpy");
  await using client = await debugAdapterClient(session.port);

  client.send("initialize", { adapterID: "test", pathFormat: "path" });
  client.send("attach", { name: "test", type: "debugpy", request: "attach" });
  await client.until((it) => it.event === "initialized");
  client.send("configurationDone", {});

  assert.deepEqual(await answered, { attached: true, said: "given" });
});

interface AdapterMessage {
  readonly event?: string;
  readonly command?: string;
}

/** A client of the Debug Adapter Protocol: as much of it as attaching takes. */
async function debugAdapterClient(port: number) {
  const signal = AbortSignal.timeout(20_000);
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const seen: AdapterMessage[] = [];
    const listeners = new Set<() => void>();
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (;;) {
        const head = /^Content-Length: (\d+)\r\n\r\n/u.exec(text);
        const length = Number(head?.[1] ?? Number.NaN);
        const start = head?.[0].length ?? 0;
        if (!(text.length >= start + length)) break;
        seen.push(JSON.parse(text.slice(start, start + length)) as AdapterMessage);
        text = text.slice(start + length);
      }
      for (const it of listeners) it();
    });
    try {
      await once(socket, "connect");
      await Promise.race([once(socket, "data"), once(socket, "close").then(() => Promise.reject(new Error("closed")))]);
    } catch (error) {
      socket.destroy();
      if (signal.aborted) throw error;
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    let sequence = 0;
    return {
      send(command: string, args: object): void {
        const body = JSON.stringify({ seq: ++sequence, type: "request", command, arguments: args });
        socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      },
      until: (isMeant: (message: AdapterMessage) => boolean): Promise<void> =>
        new Promise((resolve) => {
          const look = (): void => {
            if (!seen.some(isMeant)) return;
            listeners.delete(look);
            resolve();
          };
          listeners.add(look);
          look();
        }),
      async [Symbol.asyncDispose]() {
        socket.destroy();
        if (!socket.closed) await once(socket, "close");
      },
    };
  }
}

test("what can't be debugged is refused", async () => {
  const ask = async (query: string): Promise<number> =>
    (await fetch(`${hearth.endpoint}/_hearth/debug?${query}`, { method: "POST" })).status;
  await create(lambda, "own", { files: { bootstrap: "#!/bin/sh\n" }, Runtime: "provided.al2023" });
  await create(lambda, "busy", { files: { "index.mjs": HANDLER } });

  assert.equal(await ask("function=none"), 404);
  assert.equal(await ask("function=own"), 400);
  assert.equal(await ask("function=busy&port=70000"), 400);
  await using _session = await debugging("busy");
  assert.equal(await ask("function=busy"), 409);
});
