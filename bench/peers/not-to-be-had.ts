// A peer that is looked for and has not been had so far: it says why.
import { run } from "../../src/foundation/subprocess.ts";
import type { Peer } from "./peer.ts";

const TIMEOUT_MS = 60_000;

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
