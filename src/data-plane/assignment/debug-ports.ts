// Functions whose new environments wait for a debugger, and the port that it comes by. In memory: whoever asked stays on the line.
import { functionKey } from "../../model/function-version.ts";
import type { FunctionKey } from "./provisioned-concurrency.ts";

/** One port for each such function. */
export class DebugPorts {
  readonly #ports = new Map<string, number>();
  readonly #retire: (key: FunctionKey) => void;

  /** `retire` ends a function's environments, which are of the other kind when debugging begins or ends. */
  constructor(retire: (key: FunctionKey) => void) {
    this.#retire = retire;
  }

  of(key: FunctionKey): number | undefined {
    return this.#ports.get(functionKey(key));
  }

  /** Until disposal. undefined: a debugger is waited for already. */
  open(key: FunctionKey, port: number): Disposable | undefined {
    const name = functionKey(key);
    if (this.#ports.has(name)) return undefined;
    this.#ports.set(name, port);
    this.#retire(key);
    return {
      [Symbol.dispose]: () => {
        this.#ports.delete(name);
        this.#retire(key);
      },
    };
  }
}
