// What the gateway and every service share: an operation's name, input, output and exceptions.

/** Who asks, where, and under which id. */
export interface RequestContext {
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string;
  /** ARN of the caller: the account's root, a user or an assumed role. */
  readonly principalArn: string;
  /** `http://host:port` as the client addressed it. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly signal: AbortSignal;
  /** Throws AccessDeniedException unless the caller may do this (`lambda:GetFunction`) to the resource of that ARN. */
  readonly authorize: (action: string, resourceArn: string) => void;
  /** Headers beyond the operation's own (trace id …), lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A decoded request or an answer before encoding; members as AWS spells them. */
export type Members = Readonly<Record<string, unknown>>;

/** One operation of a service. */
export type Operation = (input: Members, context: RequestContext) => Promise<Members>;

/** A service as the gateway knows it. */
export interface Service {
  /** The SigV4 signing name: `lambda`, `logs`, `sts`. */
  readonly name: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

/**
 * Gives a typed operation the gateway's type. The gateway has decoded the input by the operation's own
 * schema, so this is the one place where the cast is right.
 */
export function operation<Input, Output extends object>(
  handler: (input: Input, context: RequestContext) => Promise<Output>,
): Operation {
  return handler as unknown as Operation;
}

/** What AWS answers a client when it refuses: a code, a status and members. Made in a service's `exceptions.ts`. */
export class ServiceException extends Error {
  readonly code: string;
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(options: {
    code: string;
    status: number;
    message: string;
    /** Where the message stands in the body: AWS differs from exception to exception. */
    messageMember?: "message" | "Message";
    members?: Readonly<Record<string, unknown>>;
    headers?: Readonly<Record<string, string>>;
  }) {
    super(options.message);
    this.name = options.code;
    this.code = options.code;
    this.status = options.status;
    this.members = {
      ...options.members,
      ...(options.message === "" ? {} : { [options.messageMember ?? "message"]: options.message }),
    };
    this.headers = options.headers ?? {};
  }
}
