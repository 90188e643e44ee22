import assert from "node:assert/strict";
import { test } from "node:test";
import { classListOf } from "./class-list.ts";
import type { ReachedClass } from "./reachable-classes.ts";

const trained = `# NOTE: Do not modify this file.
java/lang/Object id: 7
java/io/Closeable id: 9
@lambda-proxy java/lang/Object run ()V
`;

interface Told {
  readonly superName?: string;
  readonly interfaces?: readonly string[];
  readonly seenAt?: string;
}

/** The lines of a list with these classes. */
function listed(
  told: Readonly<Record<string, Told>>,
  ofRuntime: readonly string[] = [],
): readonly string[] | undefined {
  const classes = new Map<string, ReachedClass>();
  for (const [name, { superName = "java/lang/Object", interfaces = [], seenAt = "/var/task/" }] of Object.entries(told))
    classes.set(name, { file: { name, superName, interfaces, references: [] }, seenAt });
  return classListOf({ trained, reached: { classes, ofRuntime: new Set(ofRuntime) } })?.split("\n");
}

test("a function's classes follow the runtime's, with their ancestors' numbers and their place", () => {
  const lines = listed(
    { "app/A": { interfaces: ["java/io/Closeable", "java/util/List"], seenAt: "/var/task/lib/a.jar" } },
    ["java/util/List"],
  );

  assert.deepEqual(lines, [
    "java/lang/Object id: 0",
    "java/io/Closeable id: 1",
    "java/util/List id: 2",
    "app/A id: 3 super: 0 interfaces: 1 2 source: /var/task/lib/a.jar",
    "@lambda-proxy java/lang/Object run ()V",
    "",
  ]);
});

test("ancestors come before who descends from them, however they were reached", () => {
  const lines = listed({ "app/C": { superName: "app/B" }, "app/B": { superName: "app/A" }, "app/A": {} }) ?? [];

  assert.deepEqual(
    lines.filter((it) => it.startsWith("app/")),
    [
      "app/A id: 2 super: 0 source: /var/task/",
      "app/B id: 3 super: 2 source: /var/task/",
      "app/C id: 4 super: 3 source: /var/task/",
    ],
  );
});

test("a long line of ancestors, and one without an end, are no trouble", () => {
  const long = Array.from({ length: 20_000 }, (_, i) => [`app/C${i}`, { superName: `app/C${i + 1}` }] as const);
  const circle = { "app/X": { superName: "app/Y" }, "app/Y": { superName: "app/X" } };

  const lines = listed({ ...Object.fromEntries(long), "app/C20000": {}, ...circle }) ?? [];

  assert.equal(lines.filter((it) => it.startsWith("app/C")).length, 20_001);
  assert.ok(!lines.some((it) => it.startsWith("app/X") || it.startsWith("app/Y")));
});

test("who has an ancestor that is not there, and all that descend from it, are left out: the virtual machine would end at them", () => {
  const lines = listed({
    "app/Plugin": { superName: "lacking/Library" },
    "app/Derived": { superName: "app/Plugin" },
    "app/Fine": {},
  });

  assert.deepEqual(
    lines?.filter((it) => it.startsWith("app/")),
    ["app/Fine id: 2 super: 0 source: /var/task/"],
  );
});

test("names and places that would not be read as one word are left out", () => {
  const lines = listed({
    "app/A b": {},
    "app/A\n@x": {},
    "@lambda-proxy": {},
    "app/InJar": { seenAt: "/var/task/lib/my jar.jar" },
    "app/Fine": {},
  });

  assert.deepEqual(
    lines?.filter((it) => /app|x/u.test(it)),
    ["app/Fine id: 2 super: 0 source: /var/task/", "@lambda-proxy java/lang/Object run ()V"],
  );
});

test("without a class of the function's there is no list", () => {
  assert.equal(listed({}), undefined);
});
