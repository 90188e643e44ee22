// A sandbox's paths as the machine's own, and what the shell is given to start.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { launchScript } from "../launch-script.ts";
import { aLaunch } from "../sandbox-driver.fixtures.ts";
import { hostLaunch } from "./host-launch.ts";

test("places inside a sandbox become the machine's, other values stay as they are", () => {
  const launch = hostLaunch(
    aLaunch({
      codeDirectory: "/data/code/abc",
      runtimeDirectory: "/data/host-nodejs",
      commands: [["/usr/bin/node", "/var/runtime/index.mjs"], ["/var/task/bootstrap"]],
      environment: {
        LAMBDA_TASK_ROOT: "/var/task",
        NODE_PATH: "/opt/nodejs/node_modules:/var/runtime/node_modules:/var/task",
        LD_LIBRARY_PATH: "/var/lang/lib",
        PATH: "/var/lang/bin",
        MINE: "/var/task stays",
        AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/var",
      },
    }),
    "/usr/bin:/bin",
  );

  assert.deepEqual(launch.environment, {
    LAMBDA_TASK_ROOT: "/data/code/abc",
    NODE_PATH: "/nonexistent/nodejs/node_modules:/data/host-nodejs/node_modules:/data/code/abc",
    PATH: "/usr/bin:/bin",
    MINE: "/var/task stays",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/var",
  });
  assert.deepEqual(launch.commands, [["/usr/bin/node", "/data/host-nodejs/index.mjs"], ["/data/code/abc/bootstrap"]]);
});

test("layers lie where they are merged, and their programs and libraries are found", () => {
  const launch = hostLaunch(
    aLaunch({
      codeDirectory: "/data/code/abc",
      layersDirectory: "/data/code/merged",
      runtimeDirectory: "/data/host-python",
      commands: [["/var/task/bootstrap"], ["/opt/bootstrap"]],
      wrapper: "/opt/wrap",
      environment: { PYTHONPATH: "/var/runtime", PATH: "/opt/bin", MINE: "/opt/mine", LD_LIBRARY_PATH: "/opt/lib" },
    }),
    "/usr/bin:/bin",
  );

  assert.deepEqual(launch.environment, {
    PYTHONPATH: "/data/host-python",
    PATH: "/usr/bin:/bin:/data/code/merged/bin",
    MINE: "/opt/mine",
    LD_LIBRARY_PATH: "/data/code/merged/lib",
    _HEARTH_OPT: "/data/code/merged",
  });
  assert.deepEqual(launch.commands, [["/data/code/abc/bootstrap"], ["/data/code/merged/bootstrap"]]);
  assert.equal(launch.wrapper, "/data/code/merged/wrap");
});

test("a wrapper is given the whole command, and one that can't be run says so as on AWS", () => {
  const directory = mkdtempSync(join(tmpdir(), "hearth-wrapper-"));
  const [wrapper, plain] = [join(directory, "wrap it"), join(directory, "plain")];
  writeFileSync(wrapper, '#!/bin/sh\necho "$# $*"\n', { mode: 0o755 });
  writeFileSync(plain, "", { mode: 0o644 });
  const run = (path: string): { status: number | null; stdout: string } => {
    const script = launchScript(aLaunch({ commands: [["/bin/node", "a b"]], wrapper: path }));
    const { status, stdout } = spawnSync("sh", ["-c", `${script}"$@" & wait $!`], { encoding: "utf8" });
    return { status, stdout };
  };

  assert.deepEqual(run(wrapper), { status: 0, stdout: "2 /bin/node a b\n" });
  assert.deepEqual(run("/none"), { status: 127, stdout: "/none: does not exist\n" });
  assert.deepEqual(run(plain), { status: 126, stdout: `${plain}: is not an executable\n` });
  rmSync(directory, { recursive: true });
});

test("values are quoted for the shell, whatever is in them", () => {
  const script = launchScript(
    aLaunch({ commands: [["/bin/node", "it's"]], environment: { QUOTED: "a'b\"c $HOME `id`\nend" } }),
  );

  assert.equal(
    script,
    `unset PWD OLDPWD SHLVL _\nexport QUOTED='a'\\''b"c $HOME \`id\`\nend'\n_boots=0\n_candidates=\nset -- '/bin/node' 'it'\\''s'\n`,
  );
});
