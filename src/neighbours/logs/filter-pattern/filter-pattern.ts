// CloudWatch Logs filter patterns: terms in text, conditions on JSON, or conditions on fields between blanks. Pure.
import { parseJsonPattern } from "./json-pattern.ts";
import { createScanner, InvalidPattern } from "./scanner.ts";
import { parseSpacePattern } from "./space-pattern.ts";
import { parseTextPattern } from "./text-pattern.ts";

/** Whether a message is one of those that a pattern asks for. */
export type MatchesMessage = (message: string) => boolean;

/** A pattern that can be used, or why it can't. */
export type CompiledPattern =
  | { readonly outcome: "compiled"; readonly matches: MatchesMessage }
  | { readonly outcome: "invalid"; readonly message: string };

/**
 * Compiles a pattern; an empty one matches everything.
 * Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail"
 */
export function compileFilterPattern(pattern: string): CompiledPattern {
  const trimmed = pattern.trim();
  try {
    const scanner = createScanner(trimmed);
    if (trimmed === "") return { outcome: "compiled", matches: () => true };
    if (trimmed.startsWith("{")) return { outcome: "compiled", matches: parseJsonPattern(scanner) };
    if (trimmed.startsWith("[")) return { outcome: "compiled", matches: parseSpacePattern(scanner) };
    return { outcome: "compiled", matches: parseTextPattern(scanner) };
  } catch (error) {
    if (error instanceof InvalidPattern) return { outcome: "invalid", message: error.message };
    throw error;
  }
}
