// Code that is run where it lies, on the machine's own disk: while a function is being written, its package need not be made.
// A client says so by AWS's own members, with a bucket of a name that means it and the absolute path for a key. Pure.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { FunctionCode } from "../../model/function-version.ts";
import { invalidParameter } from "../../model/lambda-exceptions.ts";

/** The second is what other programs of this kind take. */
const LOCAL_BUCKETS: ReadonlySet<string> = new Set(["hearth-local", "hot-reload"]);

/** What a request says of where the code is. */
export interface CodeLocation {
  readonly S3Bucket?: string | undefined;
  readonly S3Key?: string | undefined;
}

/** Whether a path is one of the directories or below one. */
export function isBelow(path: string, directories: readonly string[]): boolean {
  return directories.some((it) => path === it || path.startsWith(it.endsWith("/") ? it : `${it}/`));
}

/**
 * The code that lies in a local directory, where a request means that; undefined where it does not.
 * Throws InvalidParameterValueException for a path that may not be run from.
 */
export function localCode({ S3Bucket, S3Key }: CodeLocation, allowed: readonly string[]): FunctionCode | undefined {
  if (S3Bucket === undefined || !LOCAL_BUCKETS.has(S3Bucket)) return undefined;
  if (S3Key === undefined || !S3Key.startsWith("/") || S3Key.includes("\0"))
    throw invalidParameter(`With the bucket ${S3Bucket} the key is the absolute path of a directory.`);
  const localPath = posix.normalize(S3Key).replace(/(?<=.)\/$/u, "");
  if (!isBelow(localPath, allowed))
    throw invalidParameter(
      allowed.length === 0
        ? `Running code from local directories is switched off; start Hearth with HEARTH_LOCAL_CODE set to the directories that it may run code from.`
        : `${localPath} is not below a directory of HEARTH_LOCAL_CODE (${allowed.join(":")}).`,
    );
  return { sha256: createHash("sha256").update(localPath).digest("base64"), bytes: 0, localPath };
}
