// Class files of a few constants, as a compiler writes them.

/** What a class file is made with. */
export interface AClass {
  readonly name?: string;
  readonly superName?: string;
  readonly interfaces?: readonly string[];
  /** Classes that its code names. */
  readonly references?: readonly string[];
  /** Texts that its code has. */
  readonly strings?: readonly string[];
}

const u2 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

/** A class file of Java 17. */
export function aClassFile(options: AClass = {}): Buffer {
  const { name = "example/Hello", superName = "java/lang/Object" } = options;
  const { interfaces = [], references = [], strings = [] } = options;
  const constants: Buffer[] = [];
  let next = 1;
  const add = (constant: Buffer, counts = 1): number => {
    constants.push(constant);
    next += counts;
    return next - counts;
  };
  const text = (it: string): number =>
    add(Buffer.concat([Buffer.from([1]), u2(Buffer.byteLength(it)), Buffer.from(it)]));
  const pointing = (tag: number, it: string): number => {
    const at = text(it);
    return add(Buffer.concat([Buffer.from([tag]), u2(at)]));
  };
  // A long, which counts twice, and a handle of a method, which has three bytes.
  add(Buffer.from([5, 0, 0, 0, 0, 0, 0, 0, 7]), 2);
  add(Buffer.from([15, 6, 0, 1]));
  const self = pointing(7, name);
  const parent = pointing(7, superName);
  const implemented = interfaces.map((it) => pointing(7, it));
  for (const it of references) pointing(7, it);
  for (const it of strings) pointing(8, it);
  const head = Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]);
  const ancestors = [u2(0x21), u2(self), u2(parent), u2(implemented.length), ...implemented.map(u2)];
  const nothing = [u2(0), u2(0), u2(0)];
  return Buffer.concat([head, u2(next), ...constants, ...ancestors, ...nothing]);
}
