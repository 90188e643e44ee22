// What an account may have of a region: the limits that Service Quotas keeps and others hold to.

/** The limits in force, in memory; may be asked on every invocation. */
export interface AccountLimits {
  /** Executions that all functions of an account and region may have under way together. */
  concurrentExecutions(accountId: string, region: string): number;
}
