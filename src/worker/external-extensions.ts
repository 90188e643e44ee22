// Which files of the layers, or of an image, are external extensions. Source: Lambda Developer Guide, "Lambda extensions API":
// every file in /opt/extensions, top level only, under its full name.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The names of extensions below what will be /opt. */
export function externalExtensions(optDirectory: string | undefined): readonly string[] {
  if (optDirectory === undefined) return [];
  try {
    const entries = readdirSync(join(optDirectory, "extensions"), { withFileTypes: true });
    return entries.filter((it) => !it.isDirectory()).map((it) => it.name);
  } catch {
    // There is no such directory.
    return [];
  }
}

/** What AWS keeps from extensions besides names that begin with an underscore. */
const NOT_FOR_EXTENSIONS: ReadonlySet<string> = new Set([
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_XRAY_CONTEXT_MISSING",
  "AWS_XRAY_DAEMON_ADDRESS",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
]);

/** What of a function's variables its extensions get. */
export function extensionEnvironment(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("_") && !NOT_FOR_EXTENSIONS.has(name)),
  );
}
