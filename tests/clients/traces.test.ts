// Traces from the caller into the function and back, and what X-Ray shows of them: Lambda's own segments, and the function's by UDP.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import {
  BatchGetTracesCommand,
  GetTraceSummariesCommand,
  PutTraceSegmentsCommand,
  XRayClient,
} from "@aws-sdk/client-xray";
import { aHearth, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { createAws } from "./aws-cli.ts";
import { create, type Given } from "./a-function.ts";
import { hostPython } from "./host-python.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
const python = await hostPython();
const repository = fileURLToPath(new URL("../..", import.meta.url));
let hearth: RunningHearth;
let xRay: XRayClient;
before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth();
  xRay = new XRayClient(hearth.clientConfig);
});
after(async () => {
  if (reason !== undefined) return;
  xRay.destroy();
  await hearth[Symbol.asyncDispose]();
});

interface Answer {
  /** The header of the answer. */
  readonly header: string;
  readonly result: unknown;
  readonly log: string;
}

/** Invokes with a trace header, as a traced caller does. */
async function invoke(FunctionName: string, trace?: string): Promise<Answer> {
  let header = "";
  const command = new InvokeCommand({ FunctionName, LogType: "Tail" });
  command.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { headers: Record<string, string> };
      if (trace !== undefined) request.headers["x-amzn-trace-id"] = trace;
      const output = await next(args);
      header = (output.response as { headers: Record<string, string> }).headers["x-amzn-trace-id"] ?? "";
      return output;
    },
    { step: "build" },
  );
  const { Payload, LogResult } = await hearth.lambda.send(command);
  return {
    header,
    result: JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown,
    log: Buffer.from(LogResult ?? "", "base64").toString(),
  };
}

const root = "1-5759e988-bd862e3fe1be46a994272793";
const caller = "53995c3f42cd8ad8";

const clients: readonly (Given & { readonly name: string; readonly skip: string | boolean })[] = [
  ...(["nodejs22.x", "nodejs26.x"] as const).map((runtime) => ({
    name: runtime,
    skip,
    Runtime: runtime,
    files: { "index.mjs": "export const handler = async () => process.env._X_AMZN_TRACE_ID;" },
  })),
  {
    name: "python",
    skip: reason ?? (python === undefined ? "no Python that Lambda has a runtime for" : false),
    Runtime: python?.runtime ?? "python3.13",
    Handler: "app.handler",
    files: { "app.py": "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n" },
  },
];
for (const { name, skip: skipped, ...given } of clients) {
  test(`${name}: a caller's decision reaches the function, the answer and the log, cold and warm`, {
    skip: skipped,
  }, async () => {
    const FunctionName = `f-${name.replaceAll(".", "-")}`;
    await create(hearth.lambda, FunctionName, given);
    const sampled = await invoke(FunctionName, `Root=${root};Parent=${caller};Sampled=1`);
    const unsampled = await invoke(FunctionName, `Root=${root};Parent=${caller};Sampled=0`);
    const fresh = await invoke(FunctionName);

    const own = /^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=([0-9a-f]{16});Sampled=1$/u.exec(sampled.header)?.[1];
    assert.ok(own !== undefined && own !== caller, sampled.header);
    assert.equal(sampled.result, sampled.header);
    assert.ok(sampled.log.endsWith(`\t\nXRAY TraceId: ${root}\tSegmentId: ${own}\tSampled: true\t\n`), sampled.log);
    assert.equal(unsampled.header, `Root=${root};Parent=${caller};Sampled=0`);
    assert.equal(unsampled.result, unsampled.header);
    assert.doesNotMatch(unsampled.log, /XRAY/u);
    assert.match(fresh.header, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/u);
    assert.equal(fresh.result, fresh.header);
  });
}

test("active tracing samples the first request", { skip }, async () => {
  const files = { "index.mjs": "export const handler = async () => process.env._X_AMZN_TRACE_ID;" };
  await create(hearth.lambda, "active", { files, TracingConfig: { Mode: "Active" } });

  const { header, result, log } = await invoke("active");

  assert.match(header, /;Sampled=1$/u);
  assert.equal(result, header);
  assert.match(log, /XRAY TraceId: /u);
});

interface Segment {
  readonly id: string;
  readonly name: string;
  readonly origin?: string;
  readonly parent_id?: string;
  readonly fault?: boolean;
  readonly subsegments?: readonly Segment[];
}

/** A trace's segments, once all that are expected have come. */
async function segmentsOf(
  traceId: string,
  isWhole: (segments: readonly Segment[]) => boolean,
): Promise<readonly Segment[]> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { Traces = [] } = await xRay.send(new BatchGetTracesCommand({ TraceIds: [traceId] }));
    const segments = (Traces[0]?.Segments ?? []).map((it) => JSON.parse(it.Document ?? "{}") as Segment);
    if (isWhole(segments)) return segments;
    assert.ok(Date.now() < deadline, JSON.stringify(segments));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const idOf = (header: string): string => /Root=([^;]+)/u.exec(header)?.[1] ?? "";
const namesIn = (segment: Segment | undefined): readonly string[] => (segment?.subsegments ?? []).map((it) => it.name);

const sender = `import { createSocket } from "node:dgram";
export const handler = async () => {
  const [, trace_id, parent_id] = /Root=([^;]+);Parent=([^;]+)/.exec(process.env._X_AMZN_TRACE_ID);
  const now = Date.now() / 1000;
  const segment = { id: "00000000000000aa", trace_id, parent_id, type: "subsegment", name: "work", start_time: now, end_time: now };
  const text = '{"format": "json", "version": 1}\\n' + JSON.stringify(segment);
  const [host, port] = process.env.AWS_XRAY_DAEMON_ADDRESS.split(":");
  const socket = createSocket("udp4");
  await new Promise((resolve) => socket.send(text, Number(port), host, resolve));
  socket.close();
  return [process.env._AWS_XRAY_DAEMON_ADDRESS === host, process.env._AWS_XRAY_DAEMON_PORT === port, process.env.AWS_XRAY_CONTEXT_MISSING];
};`;

for (const driver of ["oci", "process"] as const) {
  test(`${driver}: a function's own subsegment reaches its trace by UDP, beside Lambda's segments`, {
    skip: driver === "oci" ? skip : false,
  }, async () => {
    await using own = driver === "oci" ? undefined : await aHearth({ env: { HEARTH_DRIVER: "process" } });
    const before = { hearth, xRay };
    if (own !== undefined) {
      hearth = own;
      xRay = new XRayClient(own.clientConfig);
    }
    try {
      await create(hearth.lambda, "sender", { files: { "index.mjs": sender }, TracingConfig: { Mode: "Active" } });
      const { header, result } = await invoke("sender");
      assert.deepEqual(result, [true, true, "LOG_ERROR"]);
      const segments = await segmentsOf(idOf(header), (all) =>
        all.some((it) => it.origin === "AWS::Lambda::Function" && namesIn(it).includes("work")),
      );

      const [service, ofFunction] = ["AWS::Lambda", "AWS::Lambda::Function"].map((origin) =>
        segments.find((it) => it.origin === origin),
      );
      assert.equal(segments.length, 2);
      assert.equal(ofFunction?.parent_id, service?.id);
      assert.deepEqual(namesIn(ofFunction), ["Initialization", "Invocation", "Overhead", "work"]);
    } finally {
      if (own !== undefined) xRay.destroy();
      ({ hearth, xRay } = before);
    }
  });
}

/** A package with all that it needs, as files of a function's package. */
function packaged(name: string, from: string, into: Record<string, Uint8Array>): void {
  const manifest = findPackageJSON(name, from);
  if (manifest === undefined) throw new Error(`${name} is not installed`);
  const directory = dirname(manifest);
  const place = relative(repository, directory);
  if (into[join(place, "package.json")] !== undefined) return;
  for (const file of globSync("**/*.{js,cjs,mjs,json}", { cwd: directory, exclude: ["node_modules/**", "**/test/**"] }))
    into[join(place, file)] = readFileSync(join(directory, file));
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, "utf8")) as { dependencies?: Record<string, string> };
  for (const needed of Object.keys(dependencies)) if (!needed.startsWith("@types/")) packaged(needed, manifest, into);
}

test("the X-Ray SDK in a function adds its subsegment with an annotation to the trace", { skip }, async () => {
  const files: Record<string, string | Uint8Array> = {
    "index.js": `const AWSXRay = require("aws-xray-sdk-core");
exports.handler = async () => await AWSXRay.captureAsyncFunc("checkout", async (subsegment) => {
  subsegment.addAnnotation("shop", "north");
  await new Promise((resolve) => setTimeout(resolve, 20));
  subsegment.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  return process.env._X_AMZN_TRACE_ID;
});`,
  };
  packaged("aws-xray-sdk-core", import.meta.filename, files as Record<string, Uint8Array>);
  await create(hearth.lambda, "with-sdk", { files, TracingConfig: { Mode: "Active" } });

  const { header } = await invoke("with-sdk");
  const traceId = idOf(header);
  await segmentsOf(traceId, (all) => all.some((it) => namesIn(it).includes("checkout")));
  const { TraceSummaries = [] } = await xRay.send(
    new GetTraceSummariesCommand({ StartTime: new Date(Date.now() - 60_000), EndTime: new Date(Date.now() + 1_000) }),
  );
  const summary = TraceSummaries.find((it) => it.Id === traceId);
  assert.deepEqual(
    summary?.Annotations?.["shop"]?.map((it) => it.AnnotationValue),
    [{ StringValue: "north" }],
  );
});

test("a traced caller's segments and the function's are one trace, shown in the summaries", { skip }, async () => {
  await create(hearth.lambda, "callee", {
    files: { "index.mjs": "export const handler = async () => { throw new Error('boom'); };" },
  });
  const start = Date.now() / 1000;
  const traceId = `1-${Math.floor(start).toString(16)}-${"ab".repeat(12)}`;
  await invoke("callee", `Root=${traceId};Parent=${caller};Sampled=1`);
  const document = { id: caller, trace_id: traceId, name: "shop", start_time: start, end_time: Date.now() / 1000 };
  const { UnprocessedTraceSegments } = await xRay.send(
    new PutTraceSegmentsCommand({ TraceSegmentDocuments: [JSON.stringify(document), "{}"] }),
  );
  assert.deepEqual(UnprocessedTraceSegments?.length, 1);

  const segments = await segmentsOf(traceId, (all) => all.length === 3);
  assert.deepEqual(
    segments.map((it) => `${it.name} ${it.origin ?? ""} ${it.parent_id === caller} ${it.fault === true}`).sort(),
    ["callee AWS::Lambda true true", "callee AWS::Lambda::Function false true", "shop  false false"],
  );
  const { TraceSummaries = [] } = await xRay.send(
    new GetTraceSummariesCommand({ StartTime: new Date(start * 1000 - 1_000), EndTime: new Date(Date.now() + 1_000) }),
  );
  const summary = TraceSummaries.find((it) => it.Id === traceId);
  assert.deepEqual([summary?.HasFault, summary?.EntryPoint?.Name], [true, "shop"]);
});

test("the aws CLI puts segments and reads them back", { skip }, async () => {
  const aws = createAws("aws", hearth.endpoint);
  const start = Math.floor(Date.now() / 1000);
  const traceId = `1-${start.toString(16)}-${"cd".repeat(12)}`;
  const document = { id: caller, trace_id: traceId, name: "cli", start_time: start, end_time: start + 0.5 };
  const put = await aws.run("xray", "put-trace-segments", "--trace-segment-documents", JSON.stringify(document));
  assert.deepEqual(JSON.parse(put), { UnprocessedTraceSegments: [] });

  const times = ["--start-time", String(start - 5), "--end-time", String(start + 5)];
  const summaries = JSON.parse(await aws.run("xray", "get-trace-summaries", ...times)) as {
    TraceSummaries: { Id: string; Duration: number }[];
  };
  assert.deepEqual(
    summaries.TraceSummaries.filter((it) => it.Id === traceId).map((it) => it.Duration),
    [0.5],
  );
  const traces = JSON.parse(await aws.run("xray", "batch-get-traces", "--trace-ids", traceId)) as {
    Traces: { Segments: { Document: string }[] }[];
  };
  assert.deepEqual(JSON.parse(traces.Traces[0]?.Segments[0]?.Document ?? ""), document);
  await assert.rejects(aws.run("xray", "batch-get-traces", "--trace-ids", "nonsense"), /InvalidRequestException/u);
});
