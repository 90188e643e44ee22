// Ruby runtimes: the interpreter that the host or another system in a directory has, with its standard library and the gems that came with it, where it expects them.
import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { addBinary, addLibrariesOf } from "./build-rootfs.ts";
import { inside } from "./inside.ts";
import { runOfSystem, THIS_SYSTEM } from "./sysroot.ts";

const QUESTION = `
require "json"
require "rubygems"
places = ($LOAD_PATH + Gem.path - [Gem.user_dir]).select { |it| File.directory?(it) }.map { |it| File.realpath(it) }.uniq
places.reject! { |it| places.any? { |other| it.start_with?(other + "/") } }
version = RbConfig::CONFIG.values_at("MAJOR", "MINOR").join(".")
puts JSON.generate(version: version, binary: File.realpath(RbConfig.ruby), libraries: places)
`;
/** Documentation, and archives of what is installed. */
const LEFT_OUT = /\/(?:doc|cache|ri)$/u;

/** A Ruby on the host. */
export interface HostRuby {
  /** The system that it is of: all its paths are below. */
  readonly sysroot: string;
  /** `3.3`. */
  readonly version: string;
  readonly binary: string;
  /** Directories that it looks for files in, none within another. */
  readonly libraries: readonly string[];
}

/** What a command of a system is as a Ruby; undefined when it is none. */
export async function askRuby(command: string, sysroot: string = THIS_SYSTEM): Promise<HostRuby | undefined> {
  const asked = await runOfSystem(sysroot, [command, "-e", QUESTION]).catch(() => undefined);
  const isAnswer = asked?.code === 0 && asked.stdout.startsWith("{");
  return isAnswer ? { ...(JSON.parse(asked.stdout) as Omit<HostRuby, "sysroot">), sysroot } : undefined;
}

/** The host's Ruby of a version such as `3.3`, or that of a sysroot; undefined when there is none. */
export async function findRuby(version: string, sysroots: readonly string[]): Promise<HostRuby | undefined> {
  for (const sysroot of [THIS_SYSTEM, ...sysroots]) {
    for (const command of [`ruby${version}`, "ruby", "/usr/bin/ruby", "/usr/local/bin/ruby"]) {
      const found = await askRuby(command, sysroot);
      if (found?.version === version) return found;
    }
  }
  return undefined;
}

/** Adds interpreter and libraries to a root. Their paths are compiled into the interpreter, so they stay what they are. */
export async function addRubyRuntime(root: string, ruby: HostRuby): Promise<void> {
  const { sysroot } = ruby;
  await addBinary(root, ruby.binary, "var/lang/bin/ruby", { sysroot });
  for (const library of ruby.libraries) {
    const directory = inside(sysroot, library);
    await cp(directory, join(root, library), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !LEFT_OUT.test(source),
    });
    for (const name of await readdir(directory, { recursive: true }))
      if (name.endsWith(".so")) await addLibrariesOf(root, join(library, name), { sysroot });
  }
}
