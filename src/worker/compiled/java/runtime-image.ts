// The classes that a Java has of its own, as the index of its file `lib/modules` lists them.
import { open } from "node:fs/promises";
import { afterIo } from "../../../foundation/host.ts";

const MAGIC = 0xca_fe_da_da;
const HEAD_BYTES = 28;
/** Of a full Java it is 1.4 MB. */
const INDEX_BYTES_MAX = 64 << 20;
const CLASSES_AT_A_TIME = 2_000;
/** Kinds of a location's attributes, each an offset among the strings. Source: jdk/internal/jimage/ImageLocation.java */
const PARENT = 2;
const BASE = 3;
const EXTENSION = 4;

interface Layout {
  readonly entries: number;
  readonly locationsBytes: number;
  readonly bytes: number;
}

/** What the head says of the index; undefined where it is of another format. All of it is in the machine's byte order. */
function layoutOf(head: Buffer): Layout | undefined {
  if (head.length < HEAD_BYTES || head.readUInt32LE(0) !== MAGIC) return undefined;
  const entries = head.readUInt32LE(16);
  const locationsBytes = head.readUInt32LE(20);
  const bytes = HEAD_BYTES + 8 * entries + locationsBytes + head.readUInt32LE(24);
  return bytes > INDEX_BYTES_MAX ? undefined : { entries, locationsBytes, bytes };
}

/** Where among the strings the parts of a location's name are. */
interface Location {
  readonly parent: number;
  readonly base: number;
  readonly extension: number;
}

/** A location: attributes, each a byte with kind and length and then the value, up to a byte of kind 0. */
function locationAt(index: Buffer, from: number): Location {
  let [parent, base, extension] = [0, 0, 0];
  for (let at = from; at < index.length; ) {
    const head = index.readUInt8(at);
    const kind = head >> 3;
    if (kind === 0) break;
    const end = Math.min(index.length, at + 2 + (head & 7));
    let value = 0;
    for (at += 1; at < end; at++) value = value * 256 + index.readUInt8(at);
    if (kind === PARENT) parent = value;
    else if (kind === BASE) base = value;
    else if (kind === EXTENSION) extension = value;
  }
  return { parent, base, extension };
}

/** The classes, `java/lang/String`, that an index lists, a few at a time: a full Java has 27,000. Pure. */
export function* classesInIndex(index: Buffer): Generator<readonly string[]> {
  const layout = layoutOf(index);
  if (layout === undefined) return;
  const { entries, locationsBytes } = layout;
  // After the head a table of hashes, then where each location lies, the locations, and the strings.
  const offsetsAt = HEAD_BYTES + 4 * entries;
  const locationsAt = offsetsAt + 4 * entries;
  const stringsAt = locationsAt + locationsBytes;
  const textAt = (offset: number): string =>
    index.toString("utf8", stringsAt + offset, Math.max(0, index.indexOf(0, stringsAt + offset)));
  // Names of directories and extensions are there once each.
  const texts = new Map<number, string>();
  const commonTextAt = (offset: number): string => {
    const text = texts.get(offset) ?? textAt(offset);
    texts.set(offset, text);
    return text;
  };
  for (let first = 0; first < entries; first += CLASSES_AT_A_TIME) {
    const classes: string[] = [];
    for (let i = first; i < Math.min(entries, first + CLASSES_AT_A_TIME); i++) {
      const { parent, base, extension } = locationAt(index, locationsAt + index.readUInt32LE(offsetsAt + 4 * i));
      if (commonTextAt(extension) !== "class") continue;
      const directory = commonTextAt(parent);
      classes.push(directory === "" ? textAt(base) : `${directory}/${textAt(base)}`);
    }
    yield classes;
  }
}

/** The classes of the Java whose `lib/modules` that is; none where it is of another format. */
export async function runtimeImageClasses(file: string): Promise<ReadonlySet<string>> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    await handle.read(head, 0, HEAD_BYTES, 0);
    const layout = layoutOf(head);
    const classes = new Set<string>();
    if (layout === undefined) return classes;
    const index = Buffer.alloc(layout.bytes);
    await handle.read(index, 0, layout.bytes, 0);
    for (const some of classesInIndex(index)) {
      for (const name of some) classes.add(name);
      // Invocations go on meanwhile.
      await new Promise<void>(afterIo);
    }
    return classes;
  } finally {
    await handle.close();
  }
}
