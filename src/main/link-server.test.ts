// The services' end of the link, with the real placement and assignment, and a worker's end that the test plays.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { anAssignment } from "../data-plane/assignment/assignment.fixtures.ts";
import { createDeferred } from "../foundation/deferred.ts";
import { createConnection } from "../link/connection.ts";
import { aHello, aReportedEnvironment } from "../link/messages.fixtures.ts";
import { notices } from "../link/messages.ts";
import { createLinkServer } from "./link-server.ts";

test("an environment that ends while its worker's hello is still being answered is not taken over", async () => {
  const directory = mkdtempSync(join(tmpdir(), "hearth-link-"));
  const listening = createDeferred<void>();
  const goneHeard = createDeferred<void>();
  const joined = createDeferred<void>();
  const { assignment, placement, feed } = anAssignment({ isWithoutWorker: true });
  const heard = {
    adopt: assignment.adopt.bind(assignment),
    forget: assignment.forget.bind(assignment),
    environmentGone(environmentId: string) {
      assignment.environmentGone(environmentId);
      goneHeard.resolve();
    },
  };
  await using _server = await createLinkServer({
    path: join(directory, "link.sock"),
    placement,
    assignment: { ...assignment, ...heard },
    feed,
    fetchCode: () => Promise.resolve(undefined),
    storeLogs: () => Promise.resolve(),
    listenForEnvironments: () => listening.promise,
    onFault: (error) => assert.fail(String(error)),
    onCodeChanged: () => undefined,
    say: (line) => (line.includes("joined") ? joined.resolve() : undefined),
  });
  const socket = connect(join(directory, "link.sock"));
  await once(socket, "connect");
  const worker = createConnection(socket, {
    onCall: () => Promise.resolve({ header: {}, body: Buffer.alloc(0) }),
    onNotice: () => undefined,
    onClose: () => undefined,
  });
  const environments = ["kept", "ended"].map((environmentId) => aReportedEnvironment({ environmentId }));

  worker.notify(notices.hello, aHello({ environments }));
  worker.notify(notices.environmentGone, { environmentId: "ended" });
  await goneHeard.promise;
  listening.resolve();
  await joined.promise;
  await Promise.resolve();

  assert.deepEqual(
    assignment.list().map((it) => it.environmentId),
    ["kept"],
  );
  worker.close();
  rmSync(directory, { recursive: true });
});
