// Runs the three programs that check the code for us: the TypeScript compiler, oxlint and Biome's formatter.
import { spawn } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { CheckResult } from "./check-result.ts";

interface Program {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Picks the findings out of the lines that it wrote. */
  readonly findings: (lines: readonly string[], root: string) => readonly string[];
}

const PROGRAMS: readonly Program[] = [
  {
    name: "type check",
    file: "typescript/bin/tsc",
    args: ["--noEmit", "--pretty", "false"],
    findings: (lines) => lines,
  },
  {
    name: "lint",
    file: "oxlint/bin/oxlint",
    args: ["--format=unix", "--disable-nested-config", "."],
    findings: (lines) => lines.filter((line) => !/^\d+ problems?$/.test(line)),
  },
  {
    name: "format",
    file: "@biomejs/biome/bin/biome",
    args: ["format", "--colors=off", "--max-diagnostics=none", "--reporter=github", "."],
    findings: unformatted,
  },
];

/** Starts the three at once in a folder with our configuration; each gives one result. */
export function runPrograms(root: string): readonly Promise<CheckResult>[] {
  return PROGRAMS.map((program) => runProgram(program, root));
}

function runProgram(program: Program, root: string): Promise<CheckResult> {
  const file = fileURLToPath(new URL(`../../node_modules/${program.file}`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...program.args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => {
      const lines = output.split("\n").filter((line) => line.trim() !== "");
      resolve({ name: program.name, findings: code === 0 ? [] : explain(program.findings(lines, root), lines, code) });
    });
  });
}

// The exit code decides: a program that broke down has no findings, and still not everything is fine.
function explain(findings: readonly string[], lines: readonly string[], code: number | null): readonly string[] {
  return findings.length > 0 ? findings : [...lines, `ended with ${code}`];
}

// Biome's short form is GitHub's workflow command, one line a file; people read paths.
function unformatted(lines: readonly string[], root: string): readonly string[] {
  return lines.flatMap((line) => {
    const match = /^::error .*?file=([^,]+),line=(\d+).*?::(.*)$/.exec(line);
    if (match === null) return [];
    const [, path = "", at, said] = match;
    const reason = said?.startsWith("Formatter would") === true ? "is not formatted; run: npm run format" : said;
    return [`${relative(root, path)}:${at}: ${reason}`];
  });
}
