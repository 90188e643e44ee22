// Who asks a service, for tests: valid in all that a test does not name; and what is refused.
import { accessDenied } from "./lambda-exceptions.ts";
import { type Members, type RequestContext, type Service, ServiceException } from "./operation.ts";

/** A user of the account 111122223333 in us-east-1, who may do everything there and nothing elsewhere. */
export function aRequestContext(given: Partial<RequestContext> = {}): RequestContext {
  const accountId = given.accountId ?? "111122223333";
  const principalArn = `arn:aws:iam::${accountId}:user/u`;
  return {
    accountId,
    region: "us-east-1",
    requestId: "request-1",
    principalArn,
    authorize(action, resourceArn) {
      if (resourceArn.split(":")[4] !== accountId) throw accessDenied(principalArn, action, resourceArn);
    },
    endpoint: "http://localhost",
    accessKeyId: "k",
    signal: new AbortController().signal,
    headers: {},
    ...given,
  };
}

/** Calls a service's operations by name, as that user. */
export function callerOf({ operations }: Pick<Service, "operations">) {
  const context = aRequestContext();
  return async <Output = Members>(name: string, input: object): Promise<Output> => {
    const operation = operations[name];
    if (operation === undefined) throw new Error(`there is no operation ${name}`);
    return (await operation(input as Members, context)) as Output;
  };
}

/** The exception of a call that has to be refused. */
export async function exceptionOf(asked: Promise<unknown>): Promise<ServiceException> {
  const error: unknown = await asked.then(
    () => undefined,
    (it: unknown) => it,
  );
  if (!(error instanceof ServiceException)) throw new Error("it is not refused", { cause: error });
  return error;
}

/** Its status, code and message. */
export async function refusal(asked: Promise<unknown>): Promise<string> {
  const { status, code, message } = await exceptionOf(asked);
  return `${status} ${code}: ${message}`;
}
