// Writes src/gateway/shapes/*.generated.json: each service's operations, shapes and errors, cut down from the schemas that the AWS SDK clients export.
import { writeFileSync } from "node:fs";
import { NormalizedSchema } from "@smithy/core/schema";

type Member = { readonly type: string } & Readonly<Record<string, unknown>>;
interface Shapes {
  readonly operations: Record<string, unknown>;
  readonly shapes: Record<string, unknown>;
  readonly errors: Record<string, unknown>;
}

const services = [
  { file: "lambda", client: "@aws-sdk/client-lambda" },
  { file: "logs", client: "@aws-sdk/client-cloudwatch-logs" },
  { file: "sts", client: "@aws-sdk/client-sts" },
  { file: "service-quotas", client: "@aws-sdk/client-service-quotas" },
  { file: "cloudwatch", client: "@aws-sdk/client-cloudwatch" },
  { file: "xray", client: "@aws-sdk/client-xray" },
  { file: "application-auto-scaling", client: "@aws-sdk/client-application-auto-scaling" },
];

const KEPT_TRAITS = [
  "httpLabel",
  "httpQuery",
  "httpQueryParams",
  "httpHeader",
  "httpPrefixHeaders",
  "httpPayload",
  "httpResponseCode",
  "jsonName",
  "xmlName",
  "xmlFlattened",
  "required",
  "streaming",
  "eventPayload",
];

function simpleType(schema: NormalizedSchema): string {
  if (schema.isBlobSchema()) return "blob";
  if (schema.isBooleanSchema()) return "boolean";
  if (schema.isNumericSchema() || schema.isBigIntegerSchema() || schema.isBigDecimalSchema()) return "number";
  if (schema.isTimestampSchema()) return "timestamp";
  if (schema.isDocumentSchema()) return "document";
  return "string";
}

function describe(schema: NormalizedSchema, into: Shapes): Member {
  const kept: Record<string, unknown> = {};
  const traits = schema.getMergedTraits() as Readonly<Record<string, unknown>>;
  for (const name of KEPT_TRAITS) if (traits[name] !== undefined) kept[name] = traits[name];
  if (schema.isStructSchema() || schema.isUnionSchema()) return { type: structure(schema, into), ...kept };
  if (schema.isListSchema()) return { type: "list", of: describe(schema.getValueSchema(), into), ...kept };
  if (schema.isMapSchema()) return { type: "map", of: describe(schema.getValueSchema(), into), ...kept };
  return { type: simpleType(schema), ...kept };
}

function structure(schema: NormalizedSchema, into: Shapes): string {
  const name = schema.getName() ?? "Unit";
  if (into.shapes[name] !== undefined) return `#${name}`;
  const members: Record<string, unknown> = {};
  into.shapes[name] = members;
  for (const [memberName, member] of schema.structIterator()) members[memberName] = describe(member, into);
  return `#${name}`;
}

for (const service of services) {
  const client = (await import(service.client)) as Readonly<Record<string, unknown>>;
  const into: Shapes = { operations: {}, shapes: {}, errors: {} };
  for (const value of Object.values(client)) {
    if (!Array.isArray(value)) continue;
    if (value[0] === 9) {
      const [, , name, traits, input, output] = value;
      const unwrap = (it: unknown): unknown => (typeof it === "function" ? it() : it);
      const inputSchema = unwrap(input);
      const outputSchema = unwrap(output);
      const http = (traits as { http?: [string, string, number] }).http;
      into.operations[name] = {
        ...(http === undefined ? {} : { method: http[0], path: http[1], status: http[2] }),
        input: Array.isArray(inputSchema) ? structure(NormalizedSchema.of(inputSchema as never), into) : "#Unit",
        output: Array.isArray(outputSchema) ? structure(NormalizedSchema.of(outputSchema as never), into) : "#Unit",
      };
    } else if (value[0] === -3) {
      const [, , name, traits, members] = value;
      const { httpError, awsQueryError } = traits as { httpError?: number; awsQueryError?: [string, number] };
      into.errors[name] = { status: awsQueryError?.[1] ?? httpError ?? 400, members, code: awsQueryError?.[0] ?? name };
    }
  }
  into.shapes["Unit"] ??= {};
  const sorted = (record: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  const file = new URL(`../src/gateway/shapes/${service.file}.generated.json`, import.meta.url);
  const text = JSON.stringify({
    operations: sorted(into.operations),
    shapes: sorted(into.shapes),
    errors: sorted(into.errors),
  });
  writeFileSync(file, `${text}\n`);
  process.stdout.write(`${service.file}: ${Object.keys(into.operations).length} operations, ${text.length} bytes\n`);
}
