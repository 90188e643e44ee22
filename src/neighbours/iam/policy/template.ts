// Policy variables: `${aws:PrincipalAccount}` in a text of a policy is what the request has for that key, literally. Pure.
import { literal, type Matcher, withWildcards } from "./glob.ts";

/** What a request says about a condition key, by its name in lower case; undefined: nothing. */
export type ConditionValues = (key: string) => readonly string[] | undefined;

/** What a text of a policy makes of a request; undefined where one of its variables has no value. */
export type Template = (values: ConditionValues) => Matcher | undefined;

const VARIABLE = /\$\{(?<name>[^}]*)\}/gu;

/** Whether a text has variables in it. */
export const hasVariables = (text: string): boolean => text.includes("${");

/** What one `${…}` stands for. */
function valueOf(name: string, values: ConditionValues): string | undefined {
  if (name === "*" || name === "?" || name === "$") return name;
  const [, key = name, other] = /^([^,]+),\s*'(.*)'$/u.exec(name) ?? [];
  const found = values(key.trim().toLowerCase());
  return found?.length === 1 ? literal(found[0] ?? "") : other;
}

/** How a text is read. */
export interface Reading {
  /** Whether the policy's version has variables. */
  readonly variables: boolean;
  /** Whether `*` and `?` are wildcards. */
  readonly wildcards: boolean;
  /** Makes of a whole text what is asked of requests: once, where no variable has to be put in. */
  readonly prepare: (text: string) => Matcher;
}

/** Reads a text of a policy. */
export function template(text: string, { variables, wildcards, prepare }: Reading): Template {
  const read = wildcards ? withWildcards : (it: string): string => it;
  if (!variables || !hasVariables(text)) {
    const matcher = prepare(read(text));
    return () => matcher;
  }
  const parts: (string | { readonly name: string })[] = [];
  let end = 0;
  for (const found of text.matchAll(VARIABLE)) {
    parts.push(read(text.slice(end, found.index)), { name: found.groups?.["name"] ?? "" });
    end = found.index + found[0].length;
  }
  parts.push(read(text.slice(end)));
  return (values) => {
    let filled = "";
    for (const part of parts) {
      const value = typeof part === "string" ? part : valueOf(part.name, values);
      if (value === undefined) return undefined;
      filled += value;
    }
    return prepare(filled);
  };
}
