// The pipes between a sandbox and the worker: output and telemetry out, commands in, reports out.
import { closeSync, writeSync } from "node:fs";
import { createReadiness, makeBlocking, pipe } from "../linux/system-calls.ts";
import { type OutputPipe, openOutputPipe } from "./output-pipe.ts";
import { createReportReader, type ReportReader } from "./report-reader.ts";
import type { SandboxOutput } from "./sandbox-driver.ts";

/** The worker's ends. Disposal closes them, which ends a sandbox that still runs. */
export interface SandboxPipes extends Disposable {
  /** The sandbox's ends, as its descriptors 1, 2, 3 (commands), 4 (reports) and 5 (telemetry). */
  readonly theirs: readonly number[];
  readonly reports: ReportReader;
  command(word: "launch" | "kill" | "freeze" | "thaw"): void;
  /** No more commands: what reads them ends. */
  closeCommands(): void;
  drain(): void;
  pause(isPaused: boolean): void;
  /** The sandbox has its ends: the worker lets go of them. */
  releaseTheirs(): void;
}

/** Opens the pipes of one sandbox. */
export function openSandboxPipes(output: SandboxOutput): SandboxPipes {
  const [stdout, stderr, telemetry, reports, commands] = [pipe(), pipe(), pipe(), pipe(), pipe()];
  makeBlocking(commands.readFd);
  const outputs: OutputPipe[] = [
    openOutputPipe(stdout.readFd, (bytes) => output.onOutput(bytes)),
    openOutputPipe(stderr.readFd, (bytes) => output.onOutput(bytes)),
    openOutputPipe(telemetry.readFd, (bytes) => output.onTelemetry(bytes)),
  ];
  const hasOutput = createReadiness([stdout.readFd, stderr.readFd, telemetry.readFd]);
  const reader = createReportReader();
  const reportPipe = openOutputPipe(reports.readFd, reader.read, reader.end);
  let theirs = [stdout.writeFd, stderr.writeFd, commands.readFd, reports.writeFd, telemetry.writeFd];
  let isOpen = true;
  let takesCommands = true;
  const closeCommands = (): void => {
    if (takesCommands) closeSync(commands.writeFd);
    takesCommands = false;
  };
  const releaseTheirs = (): void => {
    for (const fd of theirs) closeSync(fd);
    theirs = [];
  };
  return {
    get theirs() {
      return theirs;
    },
    reports: reader,
    releaseTheirs,
    closeCommands,
    command(word) {
      try {
        if (takesCommands) writeSync(commands.writeFd, `${word}\n`);
      } catch {
        // Its end of the pipe is closed: the sandbox is gone, which the report pipe tells.
      }
    },
    drain() {
      if (isOpen && hasOutput()) for (const it of outputs) it.drain();
    },
    pause(isPaused) {
      for (const it of outputs) it.pause(isPaused);
    },
    [Symbol.dispose]() {
      if (!isOpen) return;
      isOpen = false;
      releaseTheirs();
      for (const it of [...outputs, reportPipe]) it[Symbol.dispose]();
      closeCommands();
    },
  };
}
