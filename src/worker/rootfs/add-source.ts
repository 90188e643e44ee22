// What `--from` can be: an image in a registry, an OCI layout or an archive of one, a directory, an interpreter.
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { deadline } from "../../foundation/deadline.ts";
import { Fault } from "../../foundation/fault.ts";
import { architecture } from "../../foundation/host.ts";
import { run } from "../../foundation/subprocess.ts";
import type { Runtime } from "../../model/runtimes.ts";
import { copyTree } from "./copy-tree.ts";
import { parseImageReference } from "../../model/image-reference.ts";
import type { ImageSource } from "./images/image-source.ts";
import { createLayoutSource, isLayout } from "./images/layout-source.ts";
import { createRegistrySource } from "./images/registry-source.ts";
import { unpackImage } from "./images/unpack-image.ts";
import { unpackLayer } from "./images/unpack-layer.ts";
import { askJava } from "./java-runtime.ts";
import { fillWithJava, fillWithNode, fillWithPython, fillWithRuby } from "./local-root.ts";
import { askPython } from "./python-runtime.ts";
import { settleContents } from "./root-contents.ts";
import { askRuby } from "./ruby-runtime.ts";
import type { Fill } from "./root-store.ts";

/** An image of a gigabyte over a slow line. */
export const PULL_TIMEOUT_MS = 1_800_000;
/** AWS's bound for images. */
export const ARCHIVE_BYTES_MAX: number = 10 * 2 ** 30;

/** Where a root is to come from. `wanted` names an image in a layout that holds several. */
export type AddSource =
  | { readonly kind: "registry"; readonly name: string }
  | { readonly kind: "layout"; readonly path: string; readonly wanted: string | undefined }
  | { readonly kind: "archive"; readonly path: string; readonly wanted: string | undefined }
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "interpreter"; readonly path: string };

/** What a fill may use. */
export interface AddPlace {
  /** For what is fetched once. */
  readonly cache: string;
  readonly onProgress: (text: string) => void;
}

function isArchive(path: string): boolean {
  const head = Buffer.alloc(512);
  const file = openSync(path, "r");
  const bytes = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  const isTar = bytes === head.length && head.toString("latin1", 257, 262) === "ustar";
  return isTar || (head[0] === 0x1f && head[1] === 0x8b) || head.readUInt32LE(0) === 0xfd2fb528;
}

/** Says what the user means. Paths come before images' names. Throws a Fault for neither. */
export function recogniseSource(from: string): AddSource {
  const found = /^(?<path>.+):(?<wanted>[\w.-]+)$/u.exec(from)?.groups;
  const isWhole = existsSync(from);
  const path = resolve(isWhole ? from : (found?.["path"] ?? from));
  const wanted = isWhole ? undefined : found?.["wanted"];
  if (isWhole || (wanted !== undefined && existsSync(path) && /[/.]/u.test(from.slice(0, 1)))) {
    if (statSync(path).isDirectory())
      return isLayout(path) ? { kind: "layout", path, wanted } : { kind: "directory", path };
    return isArchive(path) ? { kind: "archive", path, wanted } : { kind: "interpreter", path };
  }
  if (/^[./~]/u.test(from)) throw new Fault(`there is no ${from}`);
  parseImageReference(from);
  return { kind: "registry", name: from };
}

/** Unpacks an image and makes it ready. */
function fillFromImage(
  runtime: Runtime,
  place: AddPlace,
  from: string,
  wanted: string | undefined,
  open: (scratch: string) => Promise<ImageSource>,
): Fill {
  return async (root) => {
    await mkdir(place.cache, { recursive: true });
    const scratch = await mkdtemp(join(place.cache, "image-"));
    try {
      const { environment } = await unpackImage(await open(scratch), {
        root,
        scratch,
        architecture,
        wanted,
        onProgress: place.onProgress,
        signal: deadline(PULL_TIMEOUT_MS),
      });
      return await settleContents(root, runtime, from, environment);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };
}

async function fillFromInterpreter(runtime: Runtime, path: string, cache: string): Promise<Fill> {
  if (runtime.family === "provided")
    throw new Fault(`${path} is a file, and ${runtime.name} needs none: its functions bring their own bootstrap`);
  if (runtime.family === "python") {
    const python = await askPython(path);
    if (python?.version === runtime.version) return fillWithPython(python, cache);
    throw new Fault(
      `${path} is ${python === undefined ? "no Python" : `Python ${python.version}`}, not ${runtime.version}`,
    );
  }
  if (runtime.family === "java") {
    const java = await askJava(path);
    if (java?.version === runtime.version) return fillWithJava(java, cache);
    throw new Fault(`${path} is ${java === undefined ? "no Java" : `Java ${java.version}`}, not ${runtime.version}`);
  }
  if (runtime.family === "ruby") {
    const ruby = await askRuby(path);
    if (ruby?.version === runtime.version) return fillWithRuby(ruby);
    throw new Fault(`${path} is ${ruby === undefined ? "no Ruby" : `Ruby ${ruby.version}`}, not ${runtime.version}`);
  }
  const said = await run(path, ["-p", "process.versions.node + ' ' + process.execPath"]).catch(() => undefined);
  const [version = "", binary] = said?.code === 0 ? said.stdout.trim().split(" ") : [];
  if (binary === undefined) throw new Fault(`${path} is no Node`);
  if (!version.startsWith(`${runtime.version}.`)) throw new Fault(`${path} is Node ${version}, not ${runtime.version}`);
  return fillWithNode(binary, binary, cache);
}

/** How to fill a root for a runtime from a source. Throws a Fault where that can't be. */
export async function planFromSource(runtime: Runtime, source: AddSource, place: AddPlace): Promise<Fill> {
  switch (source.kind) {
    case "registry": {
      const image = createRegistrySource(parseImageReference(source.name));
      return fillFromImage(runtime, place, image.name, undefined, () => Promise.resolve(image));
    }
    case "layout":
      return fillFromImage(runtime, place, source.path, source.wanted, () =>
        Promise.resolve(createLayoutSource(source.path, source.path)),
      );
    case "archive":
      return fillFromImage(runtime, place, source.path, source.wanted, async (scratch) => {
        place.onProgress(`reading ${source.path}`);
        const layout = join(scratch, "layout");
        await mkdir(layout);
        await unpackLayer(source.path, layout, { bytesLeft: ARCHIVE_BYTES_MAX, entriesLeft: 10_000 });
        return createLayoutSource(layout, source.path);
      });
    case "directory":
      return async (root) => {
        place.onProgress(`copying ${source.path}`);
        await copyTree(source.path, root);
        return await settleContents(root, runtime, source.path, {});
      };
    case "interpreter":
      return await fillFromInterpreter(runtime, source.path, place.cache);
  }
}
