// The scripts that find Node and set a clone up, run in copies that lack one thing or another; nothing is installed.
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { plant, type PlantedTree, REPOSITORY } from "./planted-tree.ts";

const SHOWS_ARGUMENTS = `console.log(JSON.stringify([process.version, ...process.argv.slice(2)]));\n`;

/** A clone with our scripts, and with node_modules unless told otherwise. */
function aClone(
  options: { readonly hasPackages?: boolean; readonly files?: Record<string, string> } = {},
): PlantedTree {
  const tree = plant(options.files ?? {});
  for (const name of ["bin", "tools", "package-lock.json"]) {
    cpSync(join(REPOSITORY, name), join(tree.root, name), { recursive: true, preserveTimestamps: true });
  }
  if (options.hasPackages === false) rmSync(join(tree.root, "node_modules"));
  return tree;
}

/** Runs a script; PATH holds the basic tools and no Node but the given one. */
function sh(
  script: string,
  args: readonly string[],
  path = "/usr/bin:/bin",
  variables: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  const { HEARTH_NODE: _node, ...inherited } = process.env;
  const env = { ...inherited, PATH: path, HEARTH_NO_INSTALL: "1", ...variables };
  return spawnSync("/bin/sh", [script, ...args], { env, encoding: "utf8" });
}

/** A directory for PATH in which `node` says that it is of some version, beside the basic tools. */
function aPathWithNode(tree: PlantedTree, version: string): string {
  const directory = join(tree.root, "path");
  mkdirSync(directory);
  addProgram(directory, "node", `echo ${version} "$@"`);
  return `${directory}:/usr/bin:/bin`;
}

/** A PATH with what setup.sh itself uses and nothing that sandboxes need, and the clone's setup.sh kept to it. */
function aBareSystem(tree: PlantedTree): { readonly script: string; readonly path: string } {
  const path = join(tree.root, "path");
  mkdirSync(path);
  for (const name of ["dirname", "uname", "id", "rm", "env", "tail"]) {
    symlinkSync(existsSync(`/bin/${name}`) ? `/bin/${name}` : `/usr/bin/${name}`, join(path, name));
  }
  const script = join(tree.root, "tools/setup.sh");
  // The script adds the administrator's directories to PATH, so the copy is told of others.
  writeFileSync(script, readFileSync(script, "utf8").replace(":/usr/local/sbin:/usr/sbin:/sbin", ":/nowhere"));
  return { script, path };
}

/** Puts a program of one shell line in place of the one that may be there. */
function addProgram(directory: string, name: string, line: string): void {
  rmSync(join(directory, name), { force: true });
  writeFileSync(join(directory, name), `#!/bin/sh\n${line}\n`);
  chmodSync(join(directory, name), 0o755);
}

test("setup says nothing and does nothing where everything is there", { skip: lacksSystemPrograms() }, () => {
  using clone = aClone();

  const { status, stdout, stderr } = sh(join(clone.root, "tools/setup.sh"), ["--quiet"]);

  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
});

test("setup names each thing in one line", () => {
  using clone = aClone();

  const { status, stdout } = sh(join(clone.root, "tools/setup.sh"), ["--no-install"]);

  assert.equal(status, 0);
  assert.match(stdout, /^setup: npm packages are there\nsetup: Node is there: .*\n/);
});

test("setup that may not install names the fix for missing npm packages and fails", () => {
  using clone = aClone({ hasPackages: false });

  const { status, stderr } = sh(join(clone.root, "tools/setup.sh"), ["--no-install"]);

  assert.equal(status, 1);
  assert.equal(stderr, "setup: npm packages are missing; fix: npm ci --ignore-scripts\n");
});

test("setup goes on without the system's programs and names them", () => {
  using clone = aClone();
  const { script, path } = aBareSystem(clone);

  const { status, stderr } = sh(script, ["--no-install"], path);

  assert.equal(status, 0);
  assert.match(
    stderr,
    /^setup: missing: runc nft ip busybox mount unshare setpriv; .*fix as root: apt-get install runc /,
  );
});

test("setup as root installs the system's programs by apt, with one look for new lists", () => {
  using clone = aClone();
  const { script, path } = aBareSystem(clone);
  const calls = join(clone.root, "calls");
  addProgram(path, "id", "echo 0");
  addProgram(path, "apt-get", `echo "$@" >>${calls}`);

  const { status, stdout } = sh(script, ["--quiet"], path, { HEARTH_NO_INSTALL: "0" });

  const packages = "runc nftables iproute2 busybox-static mount util-linux";
  assert.equal(status, 0);
  assert.equal(stdout, `setup: refreshing apt's package lists\nsetup: installing with apt: ${packages}\n`);
  assert.equal(readFileSync(calls, "utf8"), `update -q\ninstall -q -y --no-install-recommends ${packages}\n`);
});

test("setup gets what it can when apt has not all of it, and names the rest", () => {
  using clone = aClone();
  const { script, path } = aBareSystem(clone);
  addProgram(path, "id", "echo 0");
  // A system whose apt has busybox alone; installing it makes the command appear.
  addProgram(path, "chmod", `exec /bin/chmod "$@"`);
  addProgram(
    path,
    "apt-get",
    `case "$*" in *recommends\\ busybox-static) echo >${path}/busybox; chmod +x ${path}/busybox ;; *runc*|*install*) exit 100 ;; esac`,
  );

  const { status, stderr } = sh(script, ["--quiet"], path, { HEARTH_NO_INSTALL: "0" });

  assert.equal(status, 0);
  assert.match(stderr, /^setup: missing: runc nft ip mount unshare setpriv; /m);
});

test("setup for tests installs the AWS CLI version 2 where apt has it, tries once where apt's is version 1", () => {
  using clone = aClone();
  const { script, path } = aBareSystem(clone);
  writeFileSync(script, readFileSync(script, "utf8").replace("/usr/bin/aws /usr/local/bin/aws", `${path}/aws`));
  const calls = join(clone.root, "calls");
  addProgram(path, "id", "echo 0");
  for (const name of ["mkdir", "cat"]) symlinkSync(`/bin/${name}`, join(path, name));
  addProgram(path, "apt-get", `echo "$@" >>${calls}`);
  const setUp = () => sh(script, ["--quiet", "--test"], path, { HEARTH_NO_INSTALL: "0" });
  const installations = (): number => readFileSync(calls, "utf8").split("recommends awscli\n").length - 1;

  addProgram(path, "aws", "echo aws-cli/1.22.34");
  assert.match(setUp().stderr, /^setup: the AWS CLI version 2 is missing, .*fix: apt-get install awscli$/m);
  setUp();
  assert.equal(installations(), 1);
  addProgram(path, "aws", "echo aws-cli/2.9.19");
  assert.doesNotMatch(setUp().stderr, /version 2/);
});

test("setup refuses an argument that it does not know", () => {
  assert.equal(sh(join(REPOSITORY, "tools/setup.sh"), ["--tset"]).status, 2);
});

test("hearth runs the command line with its own Node and all arguments, also through links", () => {
  using clone = aClone({ files: { "src/cli/main.ts": SHOWS_ARGUMENTS } });
  symlinkSync(join(clone.root, "bin/hearth"), join(clone.root, "first"));
  symlinkSync("first", join(clone.root, "second"));

  const { stdout } = sh(join(clone.root, "second"), ["invoke", "a b", "--x=*"]);

  assert.deepEqual(JSON.parse(stdout), [process.version, "invoke", "a b", "--x=*"]);
});

test("hearth start sets up quietly and hands its arguments to the supervisor", () => {
  const supervisor = `echo "supervisor $# $2 with \${HEARTH_NODE##*/}"\n`;
  using clone = aClone({ files: { "src/main/supervisor.sh": supervisor } });

  const { stdout } = sh(join(clone.root, "bin/hearth"), ["start", "--port", "1 2"]);

  assert.match(stdout, /^supervisor 2 1 2 with node$/m);
});

test("the published package, which has no src/, runs dist/", () => {
  using clone = aClone({ files: { "dist/cli/main.js": SHOWS_ARGUMENTS } });

  assert.deepEqual(JSON.parse(sh(join(clone.root, "bin/hearth"), ["doctor"]).stdout), [process.version, "doctor"]);
});

test("a Node on PATH will do when it is new enough", () => {
  using clone = aClone({ hasPackages: false });

  const { status, stdout } = sh(join(clone.root, "tools/with-node.sh"), ["x.ts"], aPathWithNode(clone, "v26.1.0"));

  assert.equal(status, 0);
  assert.equal(stdout, "v26.1.0 --disable-warning=ExperimentalWarning x.ts\n");
});

test("an older Node on PATH will not do, and the fix is named", () => {
  using clone = aClone({ hasPackages: false });

  const { status, stderr } = sh(join(clone.root, "tools/with-node.sh"), ["x.ts"], aPathWithNode(clone, "v24.21.0"));

  assert.equal(status, 1);
  assert.match(stderr, /needs Node 26 or later and found none\. Run: sh tools\/setup\.sh/);
});

function lacksSystemPrograms(): string | false {
  const { stderr } = sh(join(REPOSITORY, "tools/setup.sh"), ["--quiet", "--no-install"]);
  return stderr === "" ? false : stderr.trim();
}
