// hearth debug: a function's next environment waits for a debugger, and no time runs out; until Ctrl-C.
import { ask, type Command, endpoint, named, print } from "./command.ts";

interface Waiting {
  readonly family: string;
  readonly port: number;
}

const HOW: Readonly<Record<string, string>> = {
  nodejs: "attach VS Code, chrome://inspect or `node inspect` to it",
  python: 'attach with debugpy (VS Code: "request": "attach"); the package or a layer brings debugpy',
};

export const debug: Command = {
  about:
    "waits with a function's next invocation for a debugger (Node.js, debugpy), its timeout held; ends with Ctrl-C",
  usage: "hearth debug FUNCTION [--debug-port PORT]",
  options: { "debug-port": { type: "string", value: "PORT", about: "where on 127.0.0.1 (9229; Python: 5678)" } },
  async run(given) {
    const name = named(debug, given, "function");
    const query = new URLSearchParams({ function: name });
    const port = given.values["debug-port"];
    if (typeof port === "string") query.set("port", port);
    const answer = await ask(`${endpoint(given.args)}/_hearth/debug?${query.toString()}`, { method: "POST" });
    if (!answer.ok || answer.body === null) {
      const { message } = (await answer.json()) as { readonly message?: string };
      throw new Error(message ?? `Hearth answered ${answer.status}`);
    }
    const decoder = new TextDecoder();
    let text = "";
    try {
      for await (const chunk of answer.body) {
        text += decoder.decode(chunk, { stream: true });
        if (!text.endsWith("\n")) continue;
        const waiting = JSON.parse(text) as Waiting;
        const where = `127.0.0.1:${waiting.port}`;
        print(
          given,
          waiting,
          `Invoke ${name}: it waits for a debugger at ${where}; ${HOW[waiting.family] ?? ""}. Its timeout is held. Ctrl-C ends this.`,
        );
        text = "";
      }
    } catch {
      throw new Error("Hearth has gone");
    }
    return 0;
  },
};
