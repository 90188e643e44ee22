// A function's key as the columns of every table about functions have it. Pure.

/** What names a function. */
export interface Key {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
}

/** The columns. */
export interface KeyColumns {
  account_id: string;
  region: string;
  function_name: string;
}

/** The key in columns. */
export const columnsOf = ({ accountId, region, functionName }: Key): KeyColumns => {
  return { account_id: accountId, region, function_name: functionName };
};

/** The key out of columns. */
export const keyIn = ({ account_id: accountId, region, function_name: functionName }: KeyColumns): Key => {
  return { accountId, region, functionName };
};
