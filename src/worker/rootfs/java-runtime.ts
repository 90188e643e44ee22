// Java runtimes: the virtual machine that the host has, with AWS's runtime interface client out of Maven's repository and an archive
// of its classes.
import { createWriteStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import { Fault } from "../../foundation/fault.ts";
import { architecture } from "../../foundation/host.ts";
import { run } from "../../foundation/subprocess.ts";
import { buildOnce } from "./build-once.ts";
import { addBinary, addLibrariesOf } from "./build-rootfs.ts";

const FETCH_TIMEOUT_MS = 300_000;
const CLIENT = { group: "com.amazonaws", name: "aws-lambda-java-runtime-interface-client", version: "2.10.1" };
/** What it is linked with over JNI, in its jar. */
const NATIVE = `jni/libaws-lambda-jni.linux-${architecture === "arm64" ? "aarch_64" : "x86_64"}.so`;
const VIRTUAL_MACHINES = "/usr/lib/jvm";
/** Sources, what compiles for older Javas, archives for heaps that no function has, and windows. */
const LEFT_OUT =
  /^(?:src\.zip|ct\.sym|classlist|server\/classes_nocoops.*|lib(?:jawt|awt_xawt|splashscreen|atk-wrapper).*)$/u;

/** A Java on the host. */
export interface HostJava {
  /** `17`. */
  readonly version: string;
  readonly home: string;
}

/** What the file `release` in a virtual machine's directory says it is. */
function javaAt(home: string): HostJava | undefined {
  const release = join(home, "release");
  if (!existsSync(release) || !existsSync(join(home, "bin/java"))) return undefined;
  const version = /^JAVA_VERSION="(?<version>\d+)/mu.exec(readFileSync(release, "utf8"))?.groups?.["version"];
  return version === undefined ? undefined : { version, home };
}

/** What a command is as a Java; undefined when it is none. */
export async function askJava(command: string): Promise<HostJava | undefined> {
  const asked = await run(command, ["-XshowSettings:properties", "-version"]).catch(() => undefined);
  const home = /^ *java\.home = (?<home>.+)$/mu.exec(asked?.stderr ?? "")?.groups?.["home"];
  return home === undefined ? undefined : javaAt(home);
}

/** The host's Java of a version such as `21`, or one of the homes in `interpreters`; undefined when there is none. */
export async function findJava(version: string, interpreters: readonly string[]): Promise<HostJava | undefined> {
  const installed = existsSync(VIRTUAL_MACHINES) ? readdirSync(VIRTUAL_MACHINES).sort() : [];
  const homes = [...installed.map((it) => join(VIRTUAL_MACHINES, it)), ...interpreters];
  const found = homes.map((it) => javaAt(it)).find((it) => it?.version === version);
  if (found !== undefined) return found;
  const first = await askJava("java");
  return first?.version === version ? first : undefined;
}

/** The one file of a jar. */
async function extract(jar: string, name: string, to: string): Promise<void> {
  const zip = await yauzl.openPromise(jar, { lazyEntries: true });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== name) continue;
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(to));
      return;
    }
  } finally {
    zip.close();
  }
  throw new Fault(`${jar} has no ${name}`);
}

/** All that Maven needs to be told. */
const project = `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>hearth</groupId><artifactId>client</artifactId><version>1</version>
<dependencies><dependency>
<groupId>${CLIENT.group}</groupId><artifactId>${CLIENT.name}</artifactId><version>${CLIENT.version}</version>
</dependency></dependencies></project>
`;

/** AWS's client, all that it needs and its native library, fetched once by Maven. Throws a Fault with Maven's words. */
export async function javaClientDirectory(cacheDirectory: string): Promise<string> {
  const directory = join(cacheDirectory, `java-client-${CLIENT.version}`);
  await buildOnce(directory, async (unfinished) => {
    const pom = join(unfinished, "pom.xml");
    await writeFile(pom, project);
    const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", `-DoutputDirectory=${unfinished}`];
    const finished = await run("mvn", ["-q", "-B", "-f", pom, ...goal], { timeoutMs: FETCH_TIMEOUT_MS }).catch(
      (cause: unknown) => {
        throw new Fault("AWS's Java client is fetched by Maven, which is not here; fix: install maven", { cause });
      },
    );
    if (finished.code !== 0) {
      const said = finished.stdout.split("\n").find((it) => it.includes("ERROR")) ?? finished.stderr;
      throw new Fault(`Maven could not fetch ${CLIENT.group}:${CLIENT.name}: ${said.trim()}`);
    }
    await rm(pom);
    await extract(join(unfinished, `${CLIENT.name}-${CLIENT.version}.jar`), NATIVE, join(unfinished, "jni.so"));
  });
  return directory;
}

/** Adds the virtual machine to a root, and the libraries of the system that it is linked with. */
export async function addJavaRuntime(root: string, { home }: HostJava): Promise<void> {
  const target = join(root, "var/lang");
  await addBinary(root, join(home, "bin/java"), "var/lang/bin/java", { own: home });
  await cp(join(home, "lib"), join(target, "lib"), {
    recursive: true,
    // Debian has the settings elsewhere, and links to packages that need not be there.
    dereference: true,
    filter: (source) => existsSync(source) && !LEFT_OUT.test(source.slice(home.length + "/lib/".length)),
  });
  await cp(join(home, "conf"), join(target, "conf"), { recursive: true, dereference: true });
  await cp(join(home, "release"), join(target, "release"));
  for (const name of await readdir(join(target, "lib"), { recursive: true }))
    if (name.endsWith(".so")) await addLibrariesOf(root, join(home, "lib", name), { own: home });
}
