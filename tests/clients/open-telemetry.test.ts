// Traces and metrics as a collector gets them from a real Hearth, the last of them as it stops.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, whyNoSandboxes } from "../a-hearth.ts";

const skip = (await whyNoSandboxes()) ?? false;

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}
interface Documents {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[];
  }[];
}

test("a collector gets a sampled invocation's spans, and metrics of all", { skip }, async () => {
  const posted: Documents[] = [];
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      posted.push(JSON.parse(Buffer.concat(chunks).toString()) as Documents);
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  const address = collector.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await using hearth = await aHearth({ env: { HEARTH_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } });
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "f",
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      TracingConfig: { Mode: "Active" },
      Code: { ZipFile: aZip({ "index.mjs": "export const handler = async () => process.env._X_AMZN_TRACE_ID;" }) },
    }),
  );
  await active(hearth.lambda, "f");
  const { Payload } = await hearth.lambda.send(new InvokeCommand({ FunctionName: "f" }));
  const [, root = "", parent] =
    /Root=1-([^;]+);Parent=([^;]+);Sampled=1/u.exec(Buffer.from(Payload ?? []).toString()) ?? [];

  await hearth.stop();
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));

  const spans = posted
    .flatMap((it) => it.resourceSpans ?? [])
    .flatMap((it) => it.scopeSpans)
    .flatMap((it) => it.spans);
  assert.deepEqual(
    spans.map((it) => it.name),
    ["f", "function", "Initialization", "Invocation", "Overhead"],
  );
  assert.ok(spans.every((it) => it.traceId === root.replace("-", "")));
  assert.equal(spans.find((it) => it.name === "function")?.spanId, parent);
  const metrics = posted
    .flatMap((it) => it.resourceMetrics ?? [])
    .flatMap((it) => it.scopeMetrics)
    .flatMap((it) => it.metrics.map(({ name }) => name));
  for (const name of ["hearth_invocations_total", "hearth_invocation_duration_seconds", "hearth_environments"])
    assert.ok(metrics.includes(name), metrics.join(" "));
});
