// Where a function's code comes from: a package in the request, a container image, or a directory of this machine.
import { createHash } from "node:crypto";
import type { FunctionCode } from "../../model/function-version.ts";
import { invalidParameter, notSupported } from "../../model/lambda-exceptions.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkCodePackage } from "./code-package.ts";
import { checkImageUri, noSuchImage } from "./image-rules.ts";
import { type CodeLocation, localCode } from "./local-code.ts";

/** A zip, or what stands for a directory or an image. */
export type CodeSource = { readonly zip: Uint8Array } | { readonly other: FunctionCode };

/** An image; what its name stands for is known at once where it is in Hearth's own registry. */
async function imageCode(parts: ControlPlaneParts, uri: string): Promise<FunctionCode> {
  checkImageUri(uri);
  const found = await parts.ownImage(uri);
  if (found === "missing") throw noSuchImage(uri);
  const digest = found === "elsewhere" ? undefined : found.digest;
  return { sha256: digest?.slice("sha256:".length) ?? "", bytes: 0, image: { uri, digest } };
}

/** The source that a request names. `member`: what is refused, where it is in S3. Throws InvalidParameterValueException. */
export async function codeSource(
  parts: ControlPlaneParts,
  given: CodeLocation & { readonly ZipFile?: Uint8Array | undefined; readonly ImageUri?: string | undefined },
  member: string,
): Promise<CodeSource> {
  if (given.ImageUri !== undefined) return { other: await imageCode(parts, given.ImageUri) };
  const local = localCode(given, parts.localCode);
  if (local !== undefined) return { other: local };
  if (given.S3Bucket !== undefined || given.S3Key !== undefined) throw notSupported(member);
  if (given.ZipFile === undefined) throw invalidParameter("Please provide a source for function code.");
  return { zip: given.ZipFile };
}

/** Checks a package, and gives what it takes unpacked; nobody counts a directory or an image. */
export async function unzippedBytesIn(source: CodeSource): Promise<number> {
  return "zip" in source ? await checkCodePackage(source.zip) : 0;
}

/** The code as a version has it. */
export function codeOf(source: CodeSource): FunctionCode {
  if ("other" in source) return source.other;
  return { sha256: createHash("sha256").update(source.zip).digest("base64"), bytes: source.zip.length };
}

/** The same, with the package stored. */
export async function keepCode(parts: ControlPlaneParts, source: CodeSource): Promise<FunctionCode> {
  if ("other" in source) return source.other;
  return { sha256: await parts.code.put(source.zip), bytes: source.zip.length };
}
