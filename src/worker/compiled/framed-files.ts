// Files as a sandbox hands them over through a pipe: lengths of name and content, name, content. What comes out of a sandbox is
// believed in nothing. Pure.

const HEAD_BYTES = 8;
const NAME_BYTES_MAX = 4096;

/** A file of the stream. */
export interface FramedFile {
  /** Relative, without any step upwards. */
  readonly name: string;
  readonly content: Buffer;
}

/** Whether a name stays below the directory that it is written under. */
function isInside(name: string): boolean {
  return (
    name !== "" && name.split("/").every((part) => part !== "" && part !== "." && part !== "..") && !name.includes("\0")
  );
}

/** The files in a finished stream; undefined where it is not a stream of files. */
export function readFramedFiles(bytes: Buffer): readonly FramedFile[] | undefined {
  const files: FramedFile[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < HEAD_BYTES) return undefined;
    const nameLength = bytes.readUInt32BE(at);
    const contentLength = bytes.readUInt32BE(at + 4);
    const contentAt = at + HEAD_BYTES + nameLength;
    if (nameLength > NAME_BYTES_MAX || contentAt + contentLength > bytes.length) return undefined;
    const name = bytes.toString("utf8", at + HEAD_BYTES, contentAt);
    if (!isInside(name)) return undefined;
    files.push({ name, content: bytes.subarray(contentAt, contentAt + contentLength) });
    at = contentAt + contentLength;
  }
  return files;
}
