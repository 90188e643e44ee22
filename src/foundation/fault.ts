// A fault: we are wrong, or something that we stand on broke. Never shown to clients.

/** Thrown for what should not happen; carries its cause and what was known about it. */
export class Fault extends Error {
  readonly context: Readonly<Record<string, unknown>>;

  constructor(message: string, options: { cause?: unknown; context?: Readonly<Record<string, unknown>> } = {}) {
    super(message, { cause: options.cause });
    this.name = "Fault";
    this.context = options.context ?? {};
  }
}

/** The default of a switch over a union: the compiler sees that nothing gets here. */
export function unreachable(value: never): never {
  throw new Fault("a value outside its type", { context: { value } });
}

/** For what cannot happen. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Fault(message);
}

/** The message of whatever was caught. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
