// The operators of conditions, each as what makes of an expected value what is asked of one that a request has. Pure.
import { BlockList, isIP } from "node:net";
import { arnGlob, glob, type Matcher } from "./glob.ts";

/** An operator without its negation and its way with many or missing values. */
export interface Operator {
  /** Whether `*` and `?` stand for characters. */
  readonly wildcards: boolean;
  readonly isNegated: boolean;
  /** Whether a value can be expected by it. */
  readonly accepts: (expected: string) => boolean;
  readonly prepare: (expected: string) => Matcher;
}

const anything = (): boolean => true;
const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));
const isBoolean = (text: string): boolean => /^(?:true|false)$/iu.test(text);

/** Seconds since 1970, or a moment in ISO 8601; NaN for anything else. */
const momentOf = (text: string): number => (/^\d+$/u.test(text) ? Number(text) * 1000 : Date.parse(text));
const isMoment = (text: string): boolean => !Number.isNaN(momentOf(text));

function rangeOf(text: string): BlockList | undefined {
  const [address = "", length] = text.split("/");
  const version = isIP(address);
  const bitsMax = version === 4 ? 32 : 128;
  const bits = length === undefined ? bitsMax : /^\d+$/u.test(length) ? Number(length) : Number.NaN;
  if (version === 0 || !(bits <= bitsMax)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6");
  return list;
}

function inRange(expected: string): Matcher {
  const range = rangeOf(expected);
  return (actual) => {
    const version = isIP(actual);
    return version !== 0 && range?.check(actual, version === 4 ? "ipv4" : "ipv6") === true;
  };
}

const same = (expected: string): Matcher => {
  return (actual) => expected === actual;
};
const sameIgnoringCase = (expected: string): Matcher => {
  const wanted = expected.toLowerCase();
  return (actual) => wanted === actual.toLowerCase();
};

type Comparison = Omit<Operator, "isNegated">;
const plain = { wildcards: false, accepts: anything };

function ordered(prefix: string, of: (text: string) => number, accepts: (text: string) => boolean) {
  const with_ = (holds: (actual: number, expected: number) => boolean): Comparison => {
    return {
      wildcards: false,
      accepts,
      prepare(expected) {
        const bound = of(expected);
        return (actual) => holds(of(actual), bound);
      },
    };
  };
  return {
    [`${prefix}Equals`]: with_((actual, expected) => actual === expected),
    [`${prefix}LessThan`]: with_((actual, expected) => actual < expected),
    [`${prefix}LessThanEquals`]: with_((actual, expected) => actual <= expected),
    [`${prefix}GreaterThan`]: with_((actual, expected) => actual > expected),
    [`${prefix}GreaterThanEquals`]: with_((actual, expected) => actual >= expected),
  };
}

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: { ...plain, prepare: same },
  StringEqualsIgnoreCase: { ...plain, prepare: sameIgnoringCase },
  StringLike: { ...plain, wildcards: true, prepare: glob },
  ArnEquals: { ...plain, wildcards: true, prepare: arnGlob },
  ArnLike: { ...plain, wildcards: true, prepare: arnGlob },
  BinaryEquals: { ...plain, prepare: same },
  Bool: { wildcards: false, accepts: isBoolean, prepare: sameIgnoringCase },
  IpAddress: { wildcards: false, accepts: (text) => rangeOf(text) !== undefined, prepare: inRange },
  ...ordered("Numeric", Number, isNumber),
  ...ordered("Date", momentOf, isMoment),
};

/** What is said against `X` is said by `NotX`. */
const NEGATIONS: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
  NotIpAddress: "IpAddress",
};

/** The operator of that name; undefined where there is none. `Null`, which asks whether there is a value, is not one. */
export function operatorNamed(name: string): Operator | undefined {
  const positive = Object.hasOwn(NEGATIONS, name) ? NEGATIONS[name] : undefined;
  const found = Object.hasOwn(comparisons, positive ?? name) ? comparisons[positive ?? name] : undefined;
  return found === undefined ? undefined : { ...found, isNegated: positive !== undefined };
}
