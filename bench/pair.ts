// The yardstick of warm invokes: a bare Node echo server behind a bare Node proxy, each a process of its own. Run as `pair.ts echo` or `pair.ts proxy PORT`.
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

const [kind, target] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const server = createServer((message, response) => {
  const chunks: Buffer[] = [];
  message.on("data", (chunk: Buffer) => chunks.push(chunk));
  message.on("end", () => {
    const body = Buffer.concat(chunks);
    if (kind === "echo") {
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
      response.end(body);
      return;
    }
    const onward = request(
      { agent, port: Number(target), method: "POST", headers: { "content-length": body.length } },
      (answer) => {
        response.writeHead(200, answer.headers);
        answer.pipe(response);
      },
    );
    onward.end(body);
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
