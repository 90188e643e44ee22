// Reads of a class file what it takes to tell which classes it leans on: its name, its ancestors, and the classes that its
// constants name. Whoever uploaded it is believed in nothing. Pure.

const MAGIC = 0xca_fe_ba_be;
const CONSTANTS_AT = 10;
/** Strings that are longer name no class. */
const NAME_LENGTH_MAX = 512;

/** What of a class file is asked for; names as the class file has them: `java/lang/String`. */
export interface ClassFile {
  readonly name: string;
  /** undefined: it is `java/lang/Object`, or a module's description. */
  readonly superName: string | undefined;
  readonly interfaces: readonly string[];
  /** Classes that its code names, in the order of its constants, and strings that read as classes' names. */
  readonly references: readonly string[];
}

interface Constants {
  readonly texts: ReadonlyMap<number, string>;
  /** Where the name of each class is. */
  readonly classes: ReadonlyMap<number, number>;
  /** Where the text of each string is. */
  readonly strings: readonly number[];
  readonly endsAt: number;
}

/** Bytes of a constant with its tag; text is longer by its own length. Source: Java Virtual Machine Specification, 4.4 */
const SIZES: Readonly<Record<number, number>> = {
  1: 3,
  3: 5,
  4: 5,
  5: 9,
  6: 9,
  7: 3,
  8: 3,
  9: 5,
  10: 5,
  11: 5,
  12: 5,
  15: 4,
  16: 3,
  17: 5,
  18: 5,
  19: 3,
  20: 3,
};
const TEXT = 1;
const CLASS = 7;
const STRING = 8;
/** Long and double, each of which counts as two constants. */
const WIDE = [5, 6];

function readConstants(bytes: Buffer): Constants | undefined {
  const texts = new Map<number, string>();
  const classes = new Map<number, number>();
  const strings: number[] = [];
  const count = bytes.readUInt16BE(8);
  let at = CONSTANTS_AT;
  for (let index = 1; index < count; index++) {
    const tag = bytes.readUInt8(at);
    let size = SIZES[tag];
    if (size === undefined) return undefined;
    if (tag === TEXT) {
      const length = bytes.readUInt16BE(at + 1);
      size += length;
      if (length <= NAME_LENGTH_MAX) texts.set(index, bytes.toString("latin1", at + 3, at + size));
    } else if (tag === CLASS) classes.set(index, bytes.readUInt16BE(at + 1));
    else if (tag === STRING) strings.push(bytes.readUInt16BE(at + 1));
    else if (WIDE.includes(tag)) index += 1;
    at += size;
  }
  return { texts, classes, strings, endsAt: at };
}

/** The class of an array's elements, or the class itself; what is of a primitive comes out as no class's name. */
const elementOf = (name: string): string =>
  name.startsWith("[") ? name.replace(/^\[+L?/u, "").replace(/;$/u, "") : name;

function readWhole(bytes: Buffer): ClassFile | undefined {
  if (bytes.readUInt32BE(0) !== MAGIC) return undefined;
  const constants = readConstants(bytes);
  if (constants === undefined) return undefined;
  const { texts, classes, strings, endsAt } = constants;
  const classAt = (at: number): string | undefined => texts.get(classes.get(bytes.readUInt16BE(at)) ?? 0);
  const name = classAt(endsAt + 2);
  const superName = classAt(endsAt + 4);
  const interfaces: (string | undefined)[] = [];
  const count = bytes.readUInt16BE(endsAt + 6);
  for (let i = 0; i < count; i++) interfaces.push(classAt(endsAt + 8 + 2 * i));
  if (name === undefined || interfaces.includes(undefined)) return undefined;
  const named = [...classes.values()].map((it) => elementOf(texts.get(it) ?? ""));
  const said = strings.map((it) => (texts.get(it) ?? "").replaceAll(".", "/"));
  return {
    name,
    superName,
    interfaces: interfaces.filter((it) => it !== undefined),
    references: [...named, ...said].filter((it) => it !== "" && it !== name),
  };
}

/** What a class file says; undefined where it is none. */
export function readClassFile(bytes: Buffer): ClassFile | undefined {
  try {
    return readWhole(bytes);
  } catch (error) {
    // It ends before what it announces.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
