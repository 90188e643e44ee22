// Roots for tests, small enough to make in a moment: busybox, and on it an interpreter or a runtime that are shell scripts.
import { existsSync, readFileSync } from "node:fs";
import type { TarEntry } from "./images/images.fixtures.ts";

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"];

/** Where this machine's static busybox is; undefined where it has none. */
export function busybox(): string | undefined {
  return BUSYBOX.find((it) => existsSync(it));
}

/** Busybox with the commands that the scripts below use. */
export function busyboxEntries(): readonly TarEntry[] {
  const commands = ["sh", "echo", "wget", "sed", "cat", "mktemp"];
  return [
    { path: "bin/busybox", content: readFileSync(busybox() ?? ""), mode: 0o755 },
    ...commands.map((it): TarEntry => ({ path: `bin/${it}`, type: "Link", linkpath: "bin/busybox" })),
  ];
}

/** A program that says that it is some version of Node, whatever it is asked. */
export function nodeEntry(version: string): TarEntry {
  return { path: "usr/local/bin/node", content: `#!/bin/sh\necho v${version}\n`, mode: 0o755 };
}

/** A runtime of its own, as AWS's base images have one: it answers every event with itself and a variable of its image. */
export const bootstrapEntry: TarEntry = {
  path: "var/runtime/bootstrap",
  mode: 0o755,
  content: `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  event=$(wget -q -S -O - "$api/next" 2>/tmp/headers) || exit 1
  id=$(sed -n 's/^ *[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: *//p' /tmp/headers)
  id=\${id%"$(printf '\\r')"}
  wget -q -O /dev/null --post-data "{\\"event\\":$event,\\"image\\":\\"$IMAGE_SAYS\\",\\"handler\\":\\"$_HANDLER\\"}" "$api/$id/response"
done
`,
};
