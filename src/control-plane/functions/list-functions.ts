// ListFunctions and ListVersionsByFunction: pages of at most 50, by name and by number.
import type {
  ListFunctionsRequest,
  ListFunctionsResponse,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
} from "@aws-sdk/client-lambda";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { toConfiguration } from "./function-configuration.ts";

const PAGE_MAX = 50;

/** Markers are opaque to clients: the position to go on from, in base64. */
function page<T>(
  all: readonly T[],
  marker: string | undefined,
  maxItems: number | undefined,
): { items: readonly T[]; next?: string } {
  validate([{ name: "maxItems", value: maxItems, range: [1, 10_000] }]);
  const start =
    marker === undefined
      ? 0
      : Number(/^at:(\d{1,9})$/u.exec(Buffer.from(marker, "base64").toString())?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw invalidParameter("Invalid marker");
  const end = start + Math.min(maxItems ?? PAGE_MAX, PAGE_MAX);
  const items = all.slice(start, end);
  return end < all.length ? { items, next: Buffer.from(`at:${end}`).toString("base64") } : { items };
}

/** The operation; `FunctionVersion=ALL` lists every version too. */
export function listFunctions(
  parts: ControlPlaneParts,
  input: ListFunctionsRequest,
  context: RequestContext,
): Promise<ListFunctionsResponse> {
  validate([{ name: "functionVersion", value: input.FunctionVersion, values: ["ALL"] }]);
  const latest = parts.publication.functions(context.accountId, context.region);
  const all = input.FunctionVersion === "ALL" ? latest.flatMap((it) => parts.publication.versions(it)) : latest;
  const { items, next } = page(all, input.Marker, input.MaxItems);
  const qualified = input.FunctionVersion === "ALL";
  return Promise.resolve({
    Functions: items.map((it) =>
      toConfiguration(it, { isListed: true, qualifier: qualified ? it.version : undefined }),
    ),
    ...(next === undefined ? {} : { NextMarker: next }),
  });
}

/** The operation; $LATEST comes first. */
export function listVersionsByFunction(
  parts: ControlPlaneParts,
  input: ListVersionsByFunctionRequest,
  context: RequestContext,
): Promise<ListVersionsByFunctionResponse> {
  const address = resolveAddress(input, context, "lambda:ListVersionsByFunction");
  existing(parts, { ...address, qualifier: undefined });
  const { items, next } = page(parts.publication.versions(address), input.Marker, input.MaxItems);
  return Promise.resolve({
    Versions: items.map((it) => toConfiguration(it, { isListed: true, qualifier: it.version })),
    ...(next === undefined ? {} : { NextMarker: next }),
  });
}
