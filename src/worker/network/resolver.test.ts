import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../foundation/clock.ts";
import { createResolver, nameServers } from "./resolver.ts";

test("name servers are read from resolv.conf, IPv4 only", () => {
  assert.deepEqual(
    nameServers("# nameserver 9.9.9.9\nnameserver 10.0.0.2\nsearch local\nnameserver ::1\nnameserver 1.1.1.1\n"),
    ["10.0.0.2", "1.1.1.1"],
  );
});

test("a query goes to the upstream and its answer back under the asker's own id", async () => {
  const upstream = createSocket("udp4").bind(0, "127.0.0.1");
  await once(upstream, "listening");
  upstream.on("message", (query, from) => {
    upstream.send(Buffer.concat([query, Buffer.from("answer")]), from.port, from.address);
  });
  const client = createSocket("udp4").bind(0, "127.0.0.1");
  await once(client, "listening");
  await using resolver = await createResolver({
    host: "127.0.0.1",
    port: 0,
    upstreams: [{ host: "127.0.0.1", port: upstream.address().port }],
    clock: systemClock,
  });

  const query = Buffer.from("abcd0100000100000000000000", "hex");
  client.send(query, resolver.port, "127.0.0.1");
  const [answer] = (await once(client, "message")) as [Buffer];

  assert.deepEqual(answer, Buffer.concat([query, Buffer.from("answer")]));
  client.close();
  upstream.close();
});

test("a query over TCP is passed on and answered over TCP", async () => {
  const upstream = createServer((socket) =>
    socket.on("data", (query: Buffer) => socket.end(Buffer.concat([query, Buffer.from("!")]))),
  );
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const { port } = upstream.address() as AddressInfo;
  await using resolver = await createResolver({
    host: "127.0.0.1",
    port: 0,
    upstreams: [{ host: "127.0.0.1", port }],
    clock: systemClock,
  });

  const client = connect(resolver.port, "127.0.0.1");
  client.write(Buffer.from("000568656c6c6f", "hex"));
  const [answer] = (await once(client, "data")) as [Buffer];

  assert.deepEqual(answer, Buffer.from("000568656c6c6f21", "hex"));
  client.destroy();
  upstream.close();
});

test("an environment's own name is the address that it asks from, and nothing is asked upstream", async () => {
  const client = createSocket("udp4").bind(0, "127.0.0.1");
  await once(client, "listening");
  await using resolver = await createResolver({ host: "127.0.0.1", port: 0, upstreams: [], clock: systemClock });
  const question = (name: string, type: number): Buffer =>
    Buffer.concat([
      Buffer.from("abcd01000001000000000000", "hex"),
      ...name.split(".").map((it) => Buffer.concat([Buffer.from([it.length]), Buffer.from(it)])),
      Buffer.from([0, 0, type, 0, 1]),
    ]);
  const ask = async (query: Buffer): Promise<Buffer> => {
    client.send(query, resolver.port, "127.0.0.1");
    return ((await once(client, "message")) as [Buffer])[0];
  };

  const answer = await ask(question("Sandbox.LocalDomain", 1));
  const short = await ask(question("sandbox", 1));
  const ipv6 = await ask(question("sandbox.localdomain", 28));

  assert.equal(answer.toString("hex", 0, 12), "abcd85800001000100000000");
  for (const it of [answer, short]) assert.deepEqual([...it.subarray(-4)], [127, 0, 0, 1]);
  assert.deepEqual([ipv6.readUInt16BE(6), ipv6.readUInt16BE(2) & 0xf], [0, 0]);
  client.close();
});
