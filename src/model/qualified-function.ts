/** A function's version or alias, or the function itself, which is `$LATEST` where something is configured for it. */
export interface QualifiedFunction {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
  readonly qualifier: string;
}
