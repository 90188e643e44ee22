// The pipes between a sandbox and the worker: output and telemetry out, commands in, reports out, one by which a booted
// runtime is told its function, and one for what extensions write.
import { closeSync, writeSync } from "node:fs";
import { createReadiness, makeBlocking, pipe } from "../linux/system-calls.ts";
import { type OutputPipe, openOutputPipe } from "./output-pipe.ts";
import { createReportReader, type ReportReader } from "./report-reader.ts";
import type { SandboxOutput } from "./sandbox-driver.ts";

/** The worker's ends. Disposal closes them, which ends a sandbox that still runs. */
export interface SandboxPipes extends Disposable {
  /** The sandbox's ends, as its descriptors 1, 2, 3 (commands), 4 (reports), 5 (telemetry), 6 (what a booted runtime reads) and 7 (extensions' output). */
  readonly theirs: readonly number[];
  readonly reports: ReportReader;
  command(
    word: "boot" | "launch" | "kill" | "freeze" | "thaw" | "runtime-terminate" | "runtime-kill" | `extension ${number}`,
  ): void;
  /** Tells the booted runtime its function, and closes that pipe. */
  tell(function_: string): void;
  /** From now on output goes there; what has been written before comes first. */
  begin(output: SandboxOutput): void;
  /** No more commands: what reads them ends. */
  closeCommands(): void;
  drain(): void;
  pause(isPaused: boolean): void;
  /** The sandbox has its ends: the worker lets go of them. */
  releaseTheirs(): void;
}

/** Closes a descriptor at its first call. */
function closeOnce(fd: number): (() => void) & { isOpen(): boolean } {
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  return Object.assign(close, { isOpen: () => isOpen });
}

/** Writes; where nobody reads any more the sandbox is gone, which the report pipe tells. */
function writeIfRead(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // Its end of the pipe is closed.
  }
}

/** Opens the pipes of one sandbox. */
export function openSandboxPipes(): SandboxPipes {
  const [stdout, stderr, telemetry, extensions] = [pipe(), pipe(), pipe(), pipe()];
  const [commands, reports, told] = [pipe(), pipe(), pipe()];
  makeBlocking(commands.readFd);
  makeBlocking(told.readFd);
  const readFds = [stdout.readFd, stderr.readFd, telemetry.readFd, extensions.readFd];
  const [out, err] = [openOutputPipe(stdout.readFd), openOutputPipe(stderr.readFd)];
  const [frames, ofExtensions] = [openOutputPipe(telemetry.readFd), openOutputPipe(extensions.readFd)];
  const outputs: readonly OutputPipe[] = [out, err, frames, ofExtensions];
  const hasOutput = createReadiness(readFds);
  const reader = createReportReader();
  const reportPipe = openOutputPipe(reports.readFd, reader.end);
  reportPipe.begin(reader.read);
  let theirs = [
    stdout.writeFd,
    stderr.writeFd,
    commands.readFd,
    reports.writeFd,
    telemetry.writeFd,
    told.readFd,
    extensions.writeFd,
  ];
  let isOpen = true;
  const closeTold = closeOnce(told.writeFd);
  const closeCommands = closeOnce(commands.writeFd);
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
    begin(to) {
      out.begin((bytes) => to.onOutput(bytes));
      err.begin((bytes) => to.onOutput(bytes));
      frames.begin((bytes) => to.onTelemetry(bytes));
      ofExtensions.begin((bytes) => to.onExtensionOutput(bytes));
    },
    tell(function_) {
      // Less than a pipe holds, and its reader waits for nothing else: this does not block.
      if (closeTold.isOpen()) writeIfRead(told.writeFd, function_);
      closeTold();
    },
    command(word) {
      if (closeCommands.isOpen()) writeIfRead(commands.writeFd, `${word}\n`);
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
      closeTold();
    },
  };
}
