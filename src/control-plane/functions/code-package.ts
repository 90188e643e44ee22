// Rules of an uploaded zip: it can be read, it is small enough, and no entry leaves its own tree.
import yauzl from "yauzl";
import { invalidParameter } from "../../model/lambda-exceptions.ts";

const ZIPPED_BYTES_MAX = 52_428_800;
const UNZIPPED_BYTES_MAX = 262_144_000;
const ENTRIES_MAX = 100_000;
const SYMLINK = 0o120000;
const FILE_TYPE = 0o170000;

const unreadable = () =>
  invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");

interface Entry {
  readonly name: string;
  readonly bytes: number;
  readonly isSymlink: boolean;
}

function entriesOf(zip: Buffer): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    // yauzl itself refuses absolute paths, `..` and backslashes.
    yauzl.fromBuffer(zip, { lazyEntries: true, strictFileNames: true }, (error, file) => {
      if (error !== null) return reject(error);
      const entries: Entry[] = [];
      file.on("entry", (entry: yauzl.Entry) => {
        const mode = entry.externalFileAttributes >>> 16;
        entries.push({
          name: entry.fileName,
          bytes: entry.uncompressedSize,
          isSymlink: (mode & FILE_TYPE) === SYMLINK,
        });
        if (entries.length > ENTRIES_MAX) reject(new Error("too many entries"));
        else file.readEntry();
      });
      file.on("end", () => resolve(entries));
      file.on("error", reject);
      file.readEntry();
    });
  });
}

function passesThrough(name: string, symlinks: ReadonlySet<string>): boolean {
  const parts = name.split("/");
  return parts.some((_, index) => index > 0 && symlinks.has(parts.slice(0, index).join("/")));
}

/**
 * Checks a package before it is stored. Sizes are the directory's own claims; unpacking holds each entry to its claim.
 * Throws InvalidParameterValueException.
 */
export async function checkCodePackage(zip: Uint8Array): Promise<void> {
  if (zip.length > ZIPPED_BYTES_MAX) {
    throw invalidParameter(`Zip file must be smaller than ${ZIPPED_BYTES_MAX} bytes`);
  }
  let entries: Entry[];
  try {
    entries = await entriesOf(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength));
  } catch {
    throw unreadable();
  }
  if (entries.length === 0) throw invalidParameter("Uploaded file must be a non-empty zip");
  const symlinks = new Set(entries.filter((it) => it.isSymlink).map((it) => it.name.replace(/\/$/u, "")));
  if (entries.some((it) => passesThrough(it.name, symlinks))) throw unreadable();
  if (entries.reduce((sum, it) => sum + it.bytes, 0) > UNZIPPED_BYTES_MAX) {
    throw invalidParameter(`Unzipped size must be smaller than ${UNZIPPED_BYTES_MAX} bytes`);
  }
}
