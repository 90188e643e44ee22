// A call of the control plane, beside a bare server that answers the same bytes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Asked, connectionOf, inTurns, load, once } from "../measure.ts";
import { atMost, type Row, row } from "../report/row.ts";
import { type Bench, temporaryDirectory } from "../section.ts";
import { signedHeaders } from "../signed.ts";
import { aWorld, rootKeys } from "../world.ts";
import { aServer } from "../yardsticks/pair.ts";

const nothing = Buffer.alloc(0);

export async function control(bench: Bench): Promise<readonly Row[]> {
  await using directory = temporaryDirectory();
  await using world = await aWorld({ pool: 0 });
  await world.create("shown");
  const { port } = world;
  const path = "/2015-03-31/functions/shown";
  const headers = await signedHeaders(rootKeys, { port, path, body: nothing, method: "GET" });
  const hearth: Asked = { port, path, headers, body: nothing, method: "GET" };
  using connection = connectionOf();
  const file = join(directory.path, "answer.json");
  writeFileSync(file, await once(hearth, connection));
  await using server = await aServer("file", file);
  const bare: Asked = { port: server.port, path: "/", headers: () => ({}), body: nothing, method: "GET" };
  bench.say("GetFunction");
  for (const side of [bare, hearth]) await load(side, { clients: 4, count: 2_000 });
  const [theirs = [], ours = []] = await inTurns([bare, hearth], { rounds: bench.isQuick ? 8 : 30, count: 100 });
  return [
    row({
      id: "control.get-function",
      what: "GetFunction, one client, p50",
      against: "a bare Node server with the same answer",
      unit: "ms",
      hearth: ours,
      yardstick: theirs,
      target: atMost(3, 1.5),
    }),
  ];
}
