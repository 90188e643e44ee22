// Where a function's code comes from: a package in the request, or a directory of this machine.
import { createHash } from "node:crypto";
import type { FunctionCode } from "../../model/function-version.ts";
import { invalidParameter, notSupported } from "../../model/lambda-exceptions.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkCodePackage } from "./code-package.ts";
import { type CodeLocation, localCode } from "./local-code.ts";

/** A zip, or what stands for a directory. */
export type CodeSource = { readonly zip: Uint8Array } | { readonly local: FunctionCode };

/** The source that a request names. `member`: what is refused, where it is in S3. Throws InvalidParameterValueException. */
export function codeSource(
  given: CodeLocation & { readonly ZipFile?: Uint8Array | undefined },
  allowed: readonly string[],
  member: string,
): CodeSource {
  const local = localCode(given, allowed);
  if (local !== undefined) return { local };
  if (given.S3Bucket !== undefined || given.S3Key !== undefined) throw notSupported(member);
  if (given.ZipFile === undefined) throw invalidParameter("Please provide a source for function code.");
  return { zip: given.ZipFile };
}

/** Checks a package, and gives what it takes unpacked; nobody counts a directory. */
export async function unzippedBytesIn(source: CodeSource): Promise<number> {
  return "zip" in source ? await checkCodePackage(source.zip) : 0;
}

/** The code as a version has it. */
export function codeOf(source: CodeSource): FunctionCode {
  if ("local" in source) return source.local;
  return { sha256: createHash("sha256").update(source.zip).digest("base64"), bytes: source.zip.length };
}

/** The same, with the package stored. */
export async function keepCode(parts: ControlPlaneParts, source: CodeSource): Promise<FunctionCode> {
  if ("local" in source) return source.local;
  return { sha256: await parts.code.put(source.zip), bytes: source.zip.length };
}
