// A bare Node server, a process of its own. `echo` gives back what it gets, `json` too, but reads and writes it on the way;
// `proxy PORT...` asks others, the one that has been free for the shortest first; `file PATH` answers with that file's bytes.
import { readFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

const [kind, ...targets] = process.argv.slice(2);
const [target = ""] = targets;
const free = targets.map(Number);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const fixed = kind === "file" ? readFileSync(target) : undefined;
const server = createServer((message, response) => {
  const chunks: Buffer[] = [];
  message.on("data", (chunk: Buffer) => chunks.push(chunk));
  message.on("end", () => {
    const given = fixed ?? Buffer.concat(chunks);
    const body = kind === "json" ? Buffer.from(JSON.stringify(JSON.parse(given.toString("utf8")))) : given;
    if (kind !== "proxy") {
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
      response.end(body);
      return;
    }
    const port = free.pop() ?? Number(target);
    const onward = request({ agent, port, method: "POST", headers: { "content-length": body.length } }, (answer) => {
      response.writeHead(200, answer.headers);
      answer.pipe(response);
      answer.once("end", () => free.push(port));
    });
    onward.end(body);
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
