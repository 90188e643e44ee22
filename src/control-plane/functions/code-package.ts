// Rules of an uploaded zip: it can be read, it is small enough, no entry leaves its own tree, and it holds what it claims.
import { posix } from "node:path";
import { crc32 } from "node:zlib";
import yauzl from "yauzl";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import { ServiceException } from "../../model/operation.ts";

const ZIPPED_BYTES_MAX = 52_428_800;
const UNZIPPED_BYTES_MAX = 262_144_000;
const ENTRIES_MAX = 100_000;
/** What Linux takes: the bytes of a name, of a path with room for the root that it is put under, and of a link's target. */
const NAME_BYTES_MAX = 255;
const PATH_BYTES_MAX = 3_000;
const TARGET_BYTES_MAX = 4_095;
const SYMLINK = 0o120000;
const FILE_TYPE = 0o170000;

function unreadable(): ServiceException {
  return invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
}

/** Every entry of the directory at the zip's end. yauzl itself refuses absolute paths, `..` and backslashes. */
async function readEntries(file: yauzl.ZipFile): Promise<readonly yauzl.Entry[]> {
  const entries: yauzl.Entry[] = [];
  for await (const entry of file.eachEntry()) {
    if (entries.length === ENTRIES_MAX) throw unreadable();
    entries.push(entry);
  }
  return entries;
}

const isDirectory = (entry: yauzl.Entry): boolean => entry.fileName.endsWith("/");

/** Where an entry will lie: `./a` and `a` are one place, and so are `a//b` and `a/b`. */
const placeOf = (entry: yauzl.Entry): string => posix.normalize(entry.fileName);

/** The directories in which a place lies. */
function foldersOf(name: string): readonly string[] {
  const parts = name.replace(/\/$/u, "").split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

const isSymlink = (entry: yauzl.Entry): boolean =>
  ((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMLINK && !isDirectory(entry);

function isTooLong(entry: yauzl.Entry): boolean {
  if (isSymlink(entry) && entry.uncompressedSize > TARGET_BYTES_MAX) return true;
  if (Buffer.byteLength(entry.fileName) > PATH_BYTES_MAX) return true;
  return entry.fileName.split("/").some((part) => Buffer.byteLength(part) > NAME_BYTES_MAX);
}

/** Refuses trees that can't be made, or that a symbolic link would lead elsewhere while they are made. */
function checkTree(entries: readonly yauzl.Entry[]): void {
  if (entries.some(isTooLong)) throw unreadable();
  const leaves = entries.filter((it) => !isDirectory(it)).map(placeOf);
  const names = new Set(leaves);
  if (names.size < leaves.length || names.has(".")) throw unreadable();
  if (entries.some((it) => isDirectory(it) && names.has(placeOf(it).slice(0, -1)))) throw unreadable();
  if (entries.some((it) => foldersOf(placeOf(it)).some((folder) => names.has(folder)))) throw unreadable();
}

/** Unpacks an entry without keeping it: its size and checksum have to be those of the directory. */
async function checkContent(file: yauzl.ZipFile, entry: yauzl.Entry): Promise<void> {
  let checksum = 0;
  // The stream fails by itself where an entry holds more or less than it claims.
  for await (const chunk of await file.openReadStreamPromise(entry)) checksum = crc32(chunk as Buffer, checksum);
  if (checksum !== entry.crc32 >>> 0) throw unreadable();
}

async function open(zip: Uint8Array): Promise<{ file: yauzl.ZipFile; entries: readonly yauzl.Entry[] }> {
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
  const file = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, strictFileNames: true });
  return { file, entries: await readEntries(file) };
}

/** What entries unpack to, by what they claim: no more is ever unpacked of them. */
const sumOf = (entries: readonly yauzl.Entry[]): number => entries.reduce((sum, it) => sum + it.uncompressedSize, 0);

async function checkZip(zip: Uint8Array): Promise<number> {
  const { file, entries } = await open(zip);
  if (entries.length === 0) throw invalidParameter("Uploaded file must be a non-empty zip");
  checkTree(entries);
  // By the claims first: what claims too much is refused before a byte of it is unpacked, and none holds more.
  const unzippedBytes = sumOf(entries);
  if (unzippedBytes > UNZIPPED_BYTES_MAX) {
    throw invalidParameter(`Unzipped size must be smaller than ${UNZIPPED_BYTES_MAX} bytes`);
  }
  for (const entry of entries) {
    if (!isDirectory(entry)) await checkContent(file, entry);
  }
  return unzippedBytes;
}

/** What a package that has been checked unpacks to. */
export async function unzippedBytesOf(zip: Uint8Array): Promise<number> {
  return sumOf((await open(zip)).entries);
}

/** Checks a package before it is stored; gives the bytes that it unpacks to. Throws InvalidParameterValueException. */
export async function checkCodePackage(zip: Uint8Array): Promise<number> {
  if (zip.length === 0) throw invalidParameter("Uploaded file must be a non-empty zip");
  if (zip.length > ZIPPED_BYTES_MAX) throw invalidParameter(`Zip file must be smaller than ${ZIPPED_BYTES_MAX} bytes`);
  try {
    return await checkZip(zip);
  } catch (error) {
    throw error instanceof ServiceException ? error : unreadable();
  }
}
