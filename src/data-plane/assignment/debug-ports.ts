// Functions whose new environments wait for a debugger, and the port that it comes by. In memory: whoever asked stays on the line.
import { functionKey, type FunctionVersion } from "../../model/function-version.ts";

type Key = Pick<FunctionVersion, "accountId" | "region" | "functionName">;

/** One port for each such function. */
export class DebugPorts {
  readonly #ports = new Map<string, number>();

  of(key: Key): number | undefined {
    return this.#ports.get(functionKey(key));
  }

  /** Until disposal. undefined: a debugger is waited for already. */
  open(key: Key, port: number): Disposable | undefined {
    const name = functionKey(key);
    if (this.#ports.has(name)) return undefined;
    this.#ports.set(name, port);
    return { [Symbol.dispose]: () => void this.#ports.delete(name) };
  }
}
