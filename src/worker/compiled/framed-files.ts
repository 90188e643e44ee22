// Files as a sandbox hands them over through a pipe: lengths of name and content, name, content. What comes out of a sandbox is
// believed in nothing, and taken apart as it comes: an archive of Java's is too much to wait in memory. Pure.

const HEAD_BYTES = 8;
const NAME_BYTES_MAX = 4096;

/** What a stream has next: a file begins, or the file that has begun goes on. */
export type FramedPart =
  /** The name is relative, without any step upwards. */
  { readonly begins: string } | { readonly content: Buffer };

/** Whether a name stays below the directory that it is written under. */
function isInside(name: string): boolean {
  return (
    name !== "" && name.split("/").every((part) => part !== "" && part !== "." && part !== "..") && !name.includes("\0")
  );
}

type Reading = { readonly of: "head" } | { readonly of: "content"; readonly leftBytes: number };

/** Reads one stream. */
export class FramedFiles {
  #reading: Reading = { of: "head" };
  /** Of a head that has not come whole. */
  #head: Buffer = Buffer.alloc(0);
  #isBroken = false;

  /** What the next bytes have; none any more where it turned out not to be a stream of files. */
  *read(bytes: Buffer): Generator<FramedPart> {
    let rest = bytes;
    while (rest.length > 0 && !this.#isBroken) {
      if (this.#reading.of === "head") {
        rest = Buffer.concat([this.#head, rest]);
        const begun = this.#begin(rest);
        if (begun === undefined) return;
        yield { begins: begun.name };
        rest = rest.subarray(begun.headBytes);
      } else {
        const content = rest.subarray(0, this.#reading.leftBytes);
        yield { content };
        this.#expect(this.#reading.leftBytes - content.length);
        rest = rest.subarray(content.length);
      }
    }
  }

  /** Whether all that came is files, the last of them to its end. */
  isWhole(): boolean {
    return !this.#isBroken && this.#reading.of === "head" && this.#head.length === 0;
  }

  #begin(bytes: Buffer): { readonly name: string; readonly headBytes: number } | undefined {
    this.#head = bytes;
    if (bytes.length < HEAD_BYTES) return undefined;
    const nameBytes = bytes.readUInt32BE(0);
    const headBytes = HEAD_BYTES + nameBytes;
    if (nameBytes <= NAME_BYTES_MAX && bytes.length < headBytes) return undefined;
    const name = nameBytes <= NAME_BYTES_MAX ? bytes.toString("utf8", HEAD_BYTES, headBytes) : "";
    this.#head = Buffer.alloc(0);
    if (!isInside(name)) {
      this.#isBroken = true;
      return undefined;
    }
    this.#expect(bytes.readUInt32BE(4));
    return { name, headBytes };
  }

  #expect(leftBytes: number): void {
    this.#reading = leftBytes === 0 ? { of: "head" } : { of: "content", leftBytes };
  }
}
