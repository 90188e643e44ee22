// A bare Node server, a process of its own. `echo` gives back what it gets, `proxy PORT` asks another one, `file PATH` answers with that file's bytes.
import { readFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

const [kind, target = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const fixed = kind === "file" ? readFileSync(target) : undefined;
const server = createServer((message, response) => {
  const chunks: Buffer[] = [];
  message.on("data", (chunk: Buffer) => chunks.push(chunk));
  message.on("end", () => {
    const body = fixed ?? Buffer.concat(chunks);
    if (kind !== "proxy") {
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
