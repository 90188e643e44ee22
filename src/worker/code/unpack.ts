// Unpacks a package that the control plane has checked; holds every entry to what the zip declares of it.
import { createWriteStream } from "node:fs";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import { Fault } from "../../foundation/fault.ts";

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;
const SYMLINK_BYTES_MAX = 4096;
/** Source: Lambda quotas. */
const UNZIPPED_BYTES_MAX = 262_144_000;

function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => resolve(Buffer.concat(chunks)));
    stream.on("error", reject);
  });
}

/** A symbolic link of the package, to be made when everything else is there. */
interface Link {
  readonly path: string;
  readonly target: string;
}

/** Unpacks one entry; a symbolic link is only read, since nothing may be written through one. */
async function unpackEntry(zip: yauzl.ZipFile, entry: yauzl.Entry, directory: string): Promise<Link | undefined> {
  const target = join(directory, entry.fileName);
  const mode = entry.externalFileAttributes >>> 16;
  if (entry.fileName.endsWith("/")) {
    await mkdir(target, { recursive: true, mode: 0o755 });
    return undefined;
  }
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const stream = await zip.openReadStreamPromise(entry);
  if ((mode & FILE_TYPE) === SYMLINK) {
    if (entry.uncompressedSize > SYMLINK_BYTES_MAX) throw new Fault("a symbolic link in the package is too long");
    return { path: target, target: (await readAll(stream)).toString("utf8") };
  }
  await pipeline(stream, createWriteStream(target, { flags: "wx" }));
  // Zips made where there are no Unix permissions carry none: AWS makes those readable for all.
  const permissions = (mode & 0o777) === 0 ? 0o644 : mode & 0o755;
  await chmod(target, permissions);
  return undefined;
}

/**
 * Unpacks into a directory that must not exist yet; gives the unpacked bytes. Sizes beyond what the zip declares are
 * refused by the reader, and what it declares in all by us.
 */
export async function unpack(content: Buffer, directory: string): Promise<number> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const zip = await yauzl.fromBufferPromise(content, { lazyEntries: true, strictFileNames: true });
  const links: Link[] = [];
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    bytes += entry.uncompressedSize;
    if (bytes > UNZIPPED_BYTES_MAX) throw new Fault("the package unpacks to more than 250 MB");
    const link = await unpackEntry(zip, entry, directory);
    if (link !== undefined) links.push(link);
  }
  for (const { path, target } of links) await symlink(target, path);
  return bytes;
}
