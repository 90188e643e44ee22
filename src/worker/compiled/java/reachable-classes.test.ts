import assert from "node:assert/strict";
import { test } from "node:test";
import { type Reached, reachableClasses } from "./reachable-classes.ts";

/** Walks a program in which each class names those. */
function walk(program: Readonly<Record<string, readonly string[]>>, classesMax = 100): Promise<Reached> {
  return reachableClasses({
    roots: ["app/Handler"],
    classesMax,
    isOfRuntime: (name) => name.startsWith("java/"),
    read: (name) => {
      const references = program[name];
      const file = { name, superName: "java/lang/Object", interfaces: [], references: references ?? [] };
      return Promise.resolve(references === undefined ? undefined : { file, seenAt: "/var/task/" });
    },
  });
}

test("classes are reached by being named, the nearest first, and no others", async () => {
  const { classes, ofRuntime } = await walk({
    "app/Handler": ["app/Near", "app/Other", "lacking/Library"],
    "app/Near": ["app/Far", "java/util/List"],
    "app/Other": ["app/Handler"],
    "app/Far": [],
    "app/Unused": [],
  });

  assert.deepEqual([...classes.keys()], ["app/Handler", "app/Near", "app/Other", "app/Far"]);
  assert.deepEqual([...ofRuntime], ["java/lang/Object", "java/util/List"]);
});

test("a program without an end is followed as far as the bound", async () => {
  const program = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`app/C${i}`, [`app/C${i + 1}`]]));

  const { classes } = await walk({ "app/Handler": ["app/C0"], ...program }, 10);

  assert.equal(classes.size, 10);
});

test("a file that says to be another class is left out", async () => {
  const file = { name: "app/Other", superName: undefined, interfaces: [], references: [] };

  const { classes } = await reachableClasses({
    roots: ["app/Handler"],
    classesMax: 10,
    isOfRuntime: () => false,
    read: () => Promise.resolve({ file, seenAt: "/var/task/" }),
  });

  assert.equal(classes.size, 0);
});
