// Packages that are kept as compressed read-only images: functions run from them, and nothing of them stays behind.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, whyNoSandboxes } from "../a-hearth.ts";
import { publish } from "./a-function.ts";

const makers = { erofs: "mkfs.erofs", squashfs: "mksquashfs" } as const;

function whyNot(maker: string): string | false {
  try {
    execFileSync("sh", ["-c", `command -v ${maker}`], { stdio: "ignore" });
    return false;
  } catch {
    return `${maker} is missing`;
  }
}

const loopDevices = (): string =>
  execFileSync("losetup", ["--list", "--noheadings", "--output", "BACK-FILE"]).toString();

for (const [type, maker] of Object.entries(makers)) {
  const skip = (await whyNoSandboxes()) ?? whyNot(maker);
  test(`a large package and its layers run from read-only ${type} images, which are gone with Hearth`, {
    skip,
  }, async () => {
    const hearth = await aHearth({ env: { HEARTH_CODE_IMAGES: type, HEARTH_CODE_IMAGE_MIB: "0" } });
    const layers = await Promise.all(
      ["a", "b"].map((it) => publish(hearth.lambda, it, { [`${it}.txt`]: it, both: it })),
    );
    const code = `import { existsSync, readFileSync, writeFileSync } from "node:fs";
      const mounted = readFileSync("/proc/self/mountinfo", "utf8").split("\\n").find((it) => it.split(" ")[4] === "/var/task" && it.includes(" - ${type} "));
      const attempt = () => { try { writeFileSync("/var/task/x", "y"); } catch (error) { return error.code; } };
      export const handler = async () => [mounted !== undefined, readFileSync("/var/task/lib/data.txt", "utf8"), attempt(), ["a.txt", "b.txt", "both"].map((it) => readFileSync("/opt/" + it, "utf8")).join("")];`;
    try {
      await hearth.lambda.send(
        new CreateFunctionCommand({
          FunctionName: "imaged",
          Role: role,
          Runtime: "nodejs26.x",
          Handler: "index.handler",
          MemorySize: 512,
          Layers: layers,
          Code: { ZipFile: aZip({ "index.mjs": code, "lib/data.txt": "data" }) },
        }),
      );
      await active(hearth.lambda, "imaged");

      const { Payload } = await hearth.lambda.send(new InvokeCommand({ FunctionName: "imaged" }));

      assert.deepEqual(JSON.parse(Buffer.from(Payload ?? []).toString()), [true, "data", "EROFS", "abb"]);
      assert.match(loopDevices(), new RegExp(hearth.data, "u"));
    } finally {
      await hearth[Symbol.asyncDispose]();
    }
    assert.doesNotMatch(loopDevices(), new RegExp(hearth.data, "u"));
  });
}
