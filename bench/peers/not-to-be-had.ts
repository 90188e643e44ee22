// Peers that are looked for and have not been had so far: each says why.
import { run } from "../../src/foundation/subprocess.ts";
import type { Peer } from "./peer.ts";

const TIMEOUT_MS = 60_000;
const EMULATOR = "github.com/aws/aws-lambda-runtime-interface-emulator";

/** AWS publishes it as Go source and in its images; only the Go module proxy is asked for it. */
export const runtimeInterfaceEmulator: Peer = {
  id: "rie",
  name: "AWS's runtime interface emulator",
  async start() {
    const asked = await run("go", ["list", "-m", `${EMULATOR}@latest`], { timeoutMs: TIMEOUT_MS }).catch(String);
    if (typeof asked === "string") throw new Error(`no Go here that could ask for it: ${asked}`);
    if (asked.code !== 0)
      throw new Error(`not available from the registry (${asked.stderr.split("\n")[0]?.split(": ").at(-1) ?? ""})`);
    throw new Error(`the registry has ${asked.stdout.trim()} now; this bench does not know yet how to run it`);
  },
};

/** Its server answers invokes, but code runs nowhere else than in containers. */
export const moto: Peer = {
  id: "moto",
  name: "moto's server",
  async start() {
    const asked = await run("docker", ["info", "--format", "ok"], { timeoutMs: TIMEOUT_MS }).catch(() => undefined);
    const isThere = asked?.code === 0;
    throw new Error(
      `it runs function code in Docker containers only${isThere ? "" : ", and no Docker daemon answers here"}`,
    );
  },
};
