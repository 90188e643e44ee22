// hearth drain: takes a worker out of use; what it runs ends when its work is done.
import { ask, type Command, endpoint, named, print } from "./command.ts";

export const drain: Command = {
  about: "takes a worker out of use: it gets nothing new, and what it has ends after its work; ids: hearth status",
  usage: "hearth drain WORKER-ID",
  options: {},
  async run(given) {
    const workerId = named(drain, given, "worker");
    const url = `${endpoint(given.args)}/_hearth/drain?worker=${encodeURIComponent(workerId)}`;
    const answer = await ask(url, { method: "POST" });
    const body = (await answer.json()) as { readonly message?: string };
    if (!answer.ok) throw new Error(body.message ?? `the drain was answered with ${answer.status}`);
    print(given, body, `Worker ${workerId} gets nothing new; what it has ends after its work.`);
    return 0;
  },
};
