// Each kind of arrow that style.md forbids is planted and seen; those that it allows are planted and not seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkImports } from "../../tools/check/imports.ts";
import { readSourceFiles } from "../../tools/check/source-files.ts";
import type { Violation } from "../../tools/check/violation.ts";
import { plant } from "./planted-tree.ts";

const FORBIDDEN: readonly (readonly [why: string, from: string, to: string])[] = [
  ["foundation knows nothing of Lambda", "foundation/clock.ts", "model/arn.ts"],
  ["model does no I/O", "model/arn.ts", "feed/feed.ts"],
  ["feed and store are siblings", "feed/feed.ts", "store/store.ts"],
  ["store and link are siblings", "store/store.ts", "link/link.ts"],
  ["link knows neither of its ends", "link/link.ts", "worker/worker.ts"],
  ["the gateway knows no service", "gateway/gateway.ts", "control-plane/control-plane.ts"],
  ["the gateway knows no neighbour", "gateway/gateway.ts", "neighbours/iam/iam.ts"],
  ["the control plane does not know the data plane", "control-plane/parts.ts", "data-plane/catalogue/catalogue.ts"],
  ["events do not know the data plane", "events/queue/queue.ts", "data-plane/frontend/frontend.ts"],
  ["neighbours do not know each other", "neighbours/sns/publish.ts", "neighbours/sqs/sqs.ts"],
  ["assignment never goes back to the frontend", "data-plane/assignment/a.ts", "data-plane/frontend/frontend.ts"],
  ["placement never goes back to assignment", "data-plane/placement/p.ts", "data-plane/assignment/assignment.ts"],
  ["the frontend skips no step", "data-plane/frontend/f.ts", "data-plane/placement/placement.ts"],
  ["the data plane does not cross the border", "data-plane/placement/p.ts", "worker/worker.ts"],
  ["the worker does not cross the border", "worker/environments/e.ts", "data-plane/frontend/frontend.ts"],
  ["the worker reads no store", "worker/code/c.ts", "store/store.ts"],
  ["sandboxes never go back to environments", "worker/sandboxes/s.ts", "worker/environments/environments.ts"],
  ["the worker's parts of one step are siblings", "worker/code/c.ts", "worker/network/network.ts"],
  ["the worker's parts do not know the whole", "worker/pools/p.ts", "worker/worker.ts"],
  ["nothing knows main", "gateway/gateway.ts", "main/services.ts"],
  ["main does not know the command line", "main/services.ts", "cli/main.ts"],
  ["main does not know the simulator", "main/services.ts", "simulator/simulator.ts"],
  ["the console knows the model only", "console/view.ts", "feed/feed.ts"],
];

const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ["model/arn.ts", "foundation/bytes.ts"],
  ["store/store.ts", "model/arn.ts"],
  ["gateway/sigv4/sigv4.ts", "feed/feed.ts"],
  ["gateway/sigv4/sigv4.ts", "gateway/protocols/json.ts"],
  ["control-plane/functions/create-function.ts", "store/store.ts"],
  ["data-plane/frontend/frontend.ts", "data-plane/counting/counting.ts"],
  ["data-plane/frontend/frontend.ts", "data-plane/assignment/assignment.ts"],
  ["data-plane/assignment/assignment.ts", "data-plane/placement/placement.ts"],
  ["data-plane/placement/placement.ts", "link/link.ts"],
  ["worker/worker.ts", "worker/environments/environments.ts"],
  ["worker/environments/environments.ts", "worker/sandboxes/sandbox-driver.ts"],
  ["worker/sandboxes/oci/oci.ts", "worker/cgroups/cgroups.ts"],
  ["neighbours/sqs/sqs.ts", "store/store.ts"],
  ["main/services.ts", "data-plane/frontend/frontend.ts"],
  ["main/services.ts", "neighbours/sts/sts.ts"],
  ["gateway/gateway.test.ts", "model/function-version.fixtures.ts"],
  ["cli/simulate.ts", "simulator/simulator.ts"],
  ["console/view.ts", "model/arn.ts"],
];

/** What the check says about one file of src/ with the given text. */
function judge(path: string, text: string): readonly Violation[] {
  using tree = plant({ [`src/${path}`]: text });
  return checkImports(readSourceFiles(tree.root));
}

function specifier(from: string, to: string): string {
  return "../".repeat(from.split("/").length - 1) + to;
}

for (const [why, from, to] of FORBIDDEN) {
  test(`${why}: ${from} may not import ${to}`, () => {
    const found = judge(from, `import { x } from "${specifier(from, to)}";\n`);

    assert.deepEqual(
      found.map(({ path, line, rule }) => ({ path, line, rule })),
      [{ path: `src/${from}`, line: 1, rule: "arrow" }],
    );
  });
}

for (const [from, to] of ALLOWED) {
  test(`${from} may import ${to}`, () => {
    assert.deepEqual(judge(from, `import { x } from "${specifier(from, to)}";\n`), []);
  });
}

const FORMS = {
  "of types": `import type { X } from "../worker/worker.ts";`,
  "over several lines": `import {\n  a,\n  b,\n} from "../worker/worker.ts";`,
  "for side effects": `import "../worker/worker.ts";`,
  "at run time": `const worker = await import("../worker/worker.ts");`,
  "that export again": `export { x } from "../worker/worker.ts";`,
  "that export all again": `export * from "../worker/worker.ts";`,
  "by URL": `const file = new URL("../worker/worker.ts", import.meta.url);`,
};

for (const [form, text] of Object.entries(FORMS)) {
  test(`imports ${form} are arrows like all others`, () => {
    assert.deepEqual(
      judge("gateway/gateway.ts", `// Comment.\n${text}\n`).map(({ line, rule }) => ({ line, rule })),
      [{ line: 2, rule: "arrow" }],
    );
  });
}

test("a comment that shows an import is no import", () => {
  assert.deepEqual(
    judge("gateway/gateway.ts", `/*\nimport "../worker/worker.ts";\n*/\n// import "../main/x.ts";\n`),
    [],
  );
});

for (const [from, to] of [
  ["data-plane/frontend/frontend.ts", "data-plane/counting/account-pool.ts"],
  ["worker/environments/environments.ts", "worker/sandboxes/oci/oci.ts"],
  ["worker/worker.ts", "worker/rootfs/build-rootfs.ts"],
  ["data-plane/assignment/assignment.ts", "data-plane/../data-plane/placement/capacity.ts"],
] as const) {
  test(`a part is entered by its door: ${from} may not import ${to}`, () => {
    const found = judge(from, `import { x } from "${specifier(from, to)}";\n`);

    assert.deepEqual(
      found.map(({ rule }) => rule),
      ["door"],
    );
  });
}

for (const [from, to] of [
  ["control-plane/parts.ts", "store/seal.ts"],
  ["main/services.ts", "gateway/listener.ts"],
] as const) {
  test(`libraries have no door and main sees inside the parts: ${from} may import ${to}`, () => {
    assert.deepEqual(judge(from, `import { x } from "${specifier(from, to)}";\n`), []);
  });
}

test("a file in no part, or in a part that nobody has decided on, is reported", () => {
  for (const path of ["stray.ts", "extras/x.ts", "worker/extras/x.ts", "data-plane/extras/x.ts", "neighbours/x.ts"]) {
    assert.deepEqual(
      judge(path, "").map(({ rule }) => rule),
      ["unknown-part"],
      path,
    );
  }
});

test("a runtime imports nothing of src/, which its sandbox does not have", () => {
  using tree = plant({ "runtimes/nodejs/client.ts": `import { x } from "../../src/model/arn.ts";\n` });

  assert.deepEqual(
    checkImports(readSourceFiles(tree.root)).map(({ rule }) => rule),
    ["runtime-alone"],
  );
});
