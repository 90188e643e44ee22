// Images in an OCI layout: a directory with index.json and blobs by digest, as skopeo, buildah and docker write them.
import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "../../../foundation/fault.ts";
import type { ImageSource } from "./image-source.ts";

/** Whether a directory is a layout. */
export function isLayout(directory: string): boolean {
  return existsSync(join(directory, "index.json")) && existsSync(join(directory, "blobs"));
}

/** The images of a layout. Throws a Fault for a directory that is none. */
export function createLayoutSource(directory: string, name: string): ImageSource {
  if (!isLayout(directory))
    throw new Fault(
      `${name} is no OCI layout: it has no index.json and blobs. Make one with: skopeo copy docker://IMAGE oci:DIRECTORY`,
    );
  return {
    name,
    top: () => readFile(join(directory, "index.json")),
    read(_kind, { digest }) {
      const file = join(directory, "blobs", ...digest.split(":"));
      if (!existsSync(file)) throw new Fault(`${name} lacks ${digest}, which its own documents name`);
      return Promise.resolve(createReadStream(file));
    },
  };
}
