// Node runtimes: the interpreter comes from the npm package that carries Node's binary, fetched once.
import { cp, symlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../foundation/fault.ts";
import { architecture, nodeBinaryPath, nodeMajor, platform } from "../../foundation/host.ts";
import { run } from "../../foundation/subprocess.ts";
import { buildOnce } from "./build-once.ts";
import { addBinary } from "./build-rootfs.ts";

const FETCH_TIMEOUT_MS = 300_000;

/** AWS SDK clients that functions commonly use, present as on AWS in /var/runtime/node_modules. */
const SDK_PACKAGES = [
  "client-lambda",
  "client-s3",
  "client-dynamodb",
  "lib-dynamodb",
  "client-sqs",
  "client-sns",
  "client-sts",
  "client-secrets-manager",
  "client-ssm",
  "client-eventbridge",
  "client-cloudwatch-logs",
];

/** Installs packages from the npm registry into `directory`. Throws a Fault with npm's words. */
async function npmInstall(directory: string, packages: readonly string[]): Promise<void> {
  const options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
  await buildOnce(directory, async (unfinished) => {
    const { code, stderr } = await run("npm", ["install", "--prefix", unfinished, ...options, ...packages], {
      timeoutMs: FETCH_TIMEOUT_MS,
      cwd: unfinished,
    });
    if (code !== 0)
      throw new Fault(`npm could not install ${packages.join(" ")}: ${stderr.trim().split("\n")[0] ?? ""}`);
  });
}

const packageName = `node-${platform}-${architecture}`;

/** The npm package with a major version's binary, as people install it. */
export function nodePackage(major: string): string {
  return `npm package ${packageName}@${major}`;
}

/** The Node binary of a major version: this process's own where it is that version, else the npm package's. */
export async function nodeBinary(major: string, cacheDirectory: string): Promise<string> {
  if (nodeMajor === major) return nodeBinaryPath;
  const directory = join(cacheDirectory, `node-${major}`);
  const binary = join(directory, "node_modules", packageName, "bin/node");
  if (!existsSync(binary)) await npmInstall(directory, [`${packageName}@${major}`]);
  return binary;
}

/** The SDK's packages in one directory, fetched once for all Node runtimes; undefined where npm can't reach them. */
export async function sdkDirectory(cacheDirectory: string): Promise<string | undefined> {
  const directory = join(cacheDirectory, "aws-sdk-js");
  const installed = join(directory, "node_modules");
  if (!existsSync(join(installed, "@aws-sdk", "client-lambda"))) {
    try {
      await npmInstall(
        directory,
        SDK_PACKAGES.map((it) => `@aws-sdk/${it}`),
      );
    } catch {
      return undefined;
    }
  }
  return installed;
}

/** Adds interpreter and SDK to a root. */
export async function addNodeRuntime(
  root: string,
  options: { binary: string; sdk: string | undefined },
): Promise<void> {
  await addBinary(root, options.binary, "var/lang/bin/node");
  if (options.sdk !== undefined) {
    await cp(options.sdk, join(root, "var/runtime/node_modules"), {
      recursive: true,
      filter: (it) => !it.endsWith("/.bin"),
    });
    // ES modules don't ask NODE_PATH: they look in every directory above the function's code.
    await symlink("runtime/node_modules", join(root, "var/node_modules"));
  }
}
