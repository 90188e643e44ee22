import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { classesInIndex } from "./runtime-image.ts";

/** An index with these files: name of the directory, of the file, and its extension. */
function anIndex(files: readonly (readonly [string, string, string])[]): Buffer {
  const strings: Buffer[] = [Buffer.from("\0")];
  const offsetOf = (text: string): number => {
    const at = Buffer.concat(strings).length;
    strings.push(Buffer.from(`${text}\0`));
    return text === "" ? 0 : at;
  };
  const locations: Buffer[] = [];
  const offsets: number[] = [];
  for (const [parent, base, extension] of files) {
    offsets.push(Buffer.concat(locations).length);
    for (const [kind, text] of [
      [2, parent],
      [3, base],
      [4, extension],
    ] as const) {
      const at = offsetOf(text);
      locations.push(Buffer.from([(kind << 3) | 1, at >> 8, at & 255]));
    }
    locations.push(Buffer.from([0]));
  }
  const tables = Buffer.alloc(8 * files.length);
  for (const [i, offset] of offsets.entries()) tables.writeUInt32LE(offset, 4 * (files.length + i));
  const head = Buffer.alloc(28);
  const sizes = [
    0xca_fe_da_da,
    1,
    0,
    files.length,
    files.length,
    Buffer.concat(locations).length,
    Buffer.concat(strings).length,
  ];
  for (const [i, size] of sizes.entries()) head.writeUInt32LE(size, 4 * i);
  return Buffer.concat([head, tables, ...locations, ...strings]);
}

test("the classes of an index are its files that are classes, by their packages", () => {
  const index = anIndex([
    ["java/lang", "Object", "class"],
    ["java/lang", "words", "properties"],
    ["", "module-info", "class"],
  ]);

  assert.deepEqual([...classesInIndex(index)].flat(), ["java/lang/Object", "module-info"]);
});

test("of another format there are none, and no bytes make reading go on for ever", () => {
  const index = anIndex([["java/lang", "Object", "class"]]);

  assert.deepEqual([...classesInIndex(Buffer.alloc(100))], []);
  fc.assert(
    fc.property(fc.integer({ min: 28, max: index.length - 1 }), fc.nat(255), (at, value) => {
      const bytes = Buffer.from(index);
      bytes[at] = value;

      assert.ok([...classesInIndex(bytes)].flat().length <= 1);
    }),
  );
});
