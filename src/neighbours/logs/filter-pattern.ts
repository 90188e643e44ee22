// CloudWatch Logs filter patterns, the text forms: terms, quoted phrases, ?optional and -excluded ones. Pure.

interface Terms {
  readonly all: readonly string[];
  readonly any: readonly string[];
  readonly none: readonly string[];
}

function parse(pattern: string): Terms {
  const terms: { all: string[]; any: string[]; none: string[] } = { all: [], any: [], none: [] };
  for (const found of pattern.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/gu)) {
    const text = found[2] ?? found[3] ?? "";
    if (found[1] === "?") terms.any.push(text);
    else if (found[1] === "-") terms.none.push(text);
    else terms.all.push(text);
  }
  return terms;
}

/** A predicate over messages; an empty pattern matches all. Undefined for the JSON and space-delimited forms. */
export function compileFilterPattern(pattern: string): ((message: string) => boolean) | undefined {
  const trimmed = pattern.trim();
  if (trimmed === "") return () => true;
  if (/^[{[%]/u.test(trimmed)) return undefined;
  const { all, any, none } = parse(trimmed);
  return (message) =>
    all.every((it) => message.includes(it)) &&
    (any.length === 0 || all.length > 0 || any.some((it) => message.includes(it))) &&
    !none.some((it) => message.includes(it));
}
