// Zips for tests, right ones and ones that no honest program makes.
import { type Zippable, zipSync } from "fflate";

const CENTRAL = 0x02014b50;

/** A zip of files by name. A value of `{ link }` becomes a symbolic link. */
export function aZip(files: Readonly<Record<string, string | Uint8Array | { readonly link: string }>>): Buffer {
  const entries: Zippable = {};
  for (const [name, content] of Object.entries(files)) {
    const isLink = typeof content === "object" && "link" in content;
    const bytes = isLink ? content.link : content;
    const mode = isLink ? 0o120777 : 0o100644;
    entries[name] = [typeof bytes === "string" ? Buffer.from(bytes) : bytes, { os: 3, attrs: mode << 16 }];
  }
  return Buffer.from(zipSync(entries));
}

/** The zip with one of its directory's numbers changed: `at` is the place in the first entry's record. */
export function withField(zip: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(zip);
  for (let offset = 0; offset < changed.length - 4; offset++) {
    if (changed.readUInt32LE(offset) !== CENTRAL) continue;
    changed.writeUInt32LE(value, offset + at);
    return changed;
  }
  throw new Error("the zip has no directory");
}

/** Places in a directory's record. */
export const FIELD = { crc32: 16, compressedSize: 20, uncompressedSize: 24 } as const;
