// How a function, version or alias has its asynchronous invocations handled. Plain data.

/** What is configured; undefined where nothing is. */
export interface EventInvokeConfig {
  readonly maximumRetryAttempts: number | undefined;
  readonly maximumEventAgeSeconds: number | undefined;
  /** ARN of what is told of every event that succeeded. */
  readonly onSuccess: string | undefined;
  /** ARN of what is told of every event that was given up. */
  readonly onFailure: string | undefined;
  readonly lastModifiedMs: number;
}

/** The name under which a request without a qualifier has its config. */
export const UNQUALIFIED = "$LATEST";
