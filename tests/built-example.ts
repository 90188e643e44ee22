// The functions of examples/ that are compiled: built by their own commands, once for the same sources.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const BUILD_TIMEOUT_MS = 600_000;
const examples = fileURLToPath(new URL("../examples", import.meta.url));
const kept = fileURLToPath(new URL("../.hearth/examples", import.meta.url));

/** How an example is built. */
export interface ExampleBuild {
  /** Its directory. */
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** The file that comes of it. */
  readonly output: string;
}

/** What came of it, or why nothing did. */
export type BuiltExample = { readonly file: Uint8Array; readonly why: false } | { readonly why: string };

function hashOf(directory: string, build: ExampleBuild): string {
  const hash = createHash("sha256").update(JSON.stringify(build));
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(directory, name);
    if (existsSync(path) && name.includes(".")) hash.update(`${name}\n`).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 12);
}

/** What a tool said when it failed: most end with what was wrong. */
function lastWords(error: unknown): string {
  const said = error as { readonly stderr?: string; readonly stdout?: string; readonly message?: string };
  const lines = `${said.stdout ?? ""}\n${said.stderr ?? said.message ?? ""}`.trim().split("\n");
  return lines.filter((it) => /error|ENOENT|not found/iu.test(it))[0] ?? lines.at(-1) ?? "";
}

/** Builds an example, where its toolchain is there and can fetch what it needs. */
export async function builtExample(build: ExampleBuild): Promise<BuiltExample> {
  const sources = join(examples, build.name);
  const target = join(kept, `${build.name}-${hashOf(sources, build)}`);
  if (!existsSync(target)) {
    const unfinished = `${target}.${process.pid}.part`;
    mkdirSync(unfinished, { recursive: true });
    const [program, ...args] = build.command;
    const env = { ...process.env, ...build.environment };
    try {
      cpSync(sources, join(unfinished, "sources"), { recursive: true });
      await promisify(execFile)(program, args, {
        cwd: join(unfinished, "sources"),
        env,
        timeout: BUILD_TIMEOUT_MS,
        maxBuffer: 1 << 26,
      });
      renameSync(join(unfinished, "sources", build.output), join(unfinished, "output"));
      rmSync(join(unfinished, "sources"), { recursive: true });
      if (!existsSync(target)) renameSync(unfinished, target);
    } catch (error) {
      return { why: `examples/${build.name} can't be built here: ${lastWords(error)}` };
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return { file: readFileSync(join(target, "output")), why: false };
}
