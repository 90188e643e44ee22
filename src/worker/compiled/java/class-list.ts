// The list of classes that a Java virtual machine makes an archive of: the runtime's own as it wrote them down itself, and a
// function's, for each of which it wants ancestors and the place (its own class loader finds only the runtime's). Pure.
import type { Reached, ReachedClass } from "./reachable-classes.ts";

/** A place or name with anything else would be read as more than one word, or as a comment. */
const WORD = /^[\w$/.+-]+$/u;
/** The virtual machine refuses what is longer. */
const LINE_LENGTH_MAX = 4_000;

/** Names and numbers as they are given out. */
class Numbered {
  readonly lines: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  add(name: string, rest = ""): void {
    if (this.#numbers.has(name)) return;
    const number = this.#numbers.size;
    this.#numbers.set(name, number);
    this.lines.push(`${name} id: ${number}${rest}`);
  }
}

/** What follows the number of a function's class; undefined where it can't be said, since not all of its ancestors are listed. */
function restOf({ file, seenAt }: ReachedClass, listed: Numbered): string | undefined {
  const { name, superName, interfaces } = file;
  const parent = listed.numberOf(superName ?? "");
  const implemented = interfaces.map((it) => listed.numberOf(it));
  if (parent === undefined || implemented.includes(undefined) || !WORD.test(seenAt)) return undefined;
  const rest = ` super: ${parent}${implemented.length === 0 ? "" : ` interfaces: ${implemented.join(" ")}`} source: ${seenAt}`;
  return name.length + rest.length > LINE_LENGTH_MAX ? undefined : rest;
}

/** Names so that each comes after its ancestors. Without recursion: a chain of them may be as long as somebody likes. */
function ancestorsFirst(classes: Reached["classes"]): readonly string[] {
  const entered = new Set<string>();
  const ordered = new Set<string>();
  for (const start of classes.keys()) {
    const pending = [start];
    for (let name = pending.at(-1); name !== undefined; name = pending.at(-1)) {
      const file = classes.get(name)?.file;
      if (file === undefined || entered.has(name)) {
        pending.pop();
        ordered.add(name);
        continue;
      }
      entered.add(name);
      const ancestors = file.superName === undefined ? file.interfaces : [file.superName, ...file.interfaces];
      pending.push(...ancestors.filter((it) => classes.has(it) && !entered.has(it)));
    }
  }
  return [...ordered];
}

/** What a list is made of. */
export interface ClassListOf {
  /** What the virtual machine wrote down of runtimes that ran. */
  readonly trained: string;
  readonly reached: Reached;
}

/** The list; undefined where it would have none of the function's classes. */
export function classListOf({ trained, reached }: ClassListOf): string | undefined {
  const lines = trained.split("\n").filter((it) => it !== "" && !it.startsWith("#"));
  const listed = new Numbered();
  for (const line of lines)
    if (!line.startsWith("@") && !line.includes(" source: ")) listed.add(line.split(" ")[0] ?? "");
  for (const name of reached.ofRuntime) if (WORD.test(name)) listed.add(name);
  const before = listed.lines.length;
  for (const name of ancestorsFirst(reached.classes)) {
    const found = reached.classes.get(name);
    const rest = found === undefined || !WORD.test(name) ? undefined : restOf(found, listed);
    if (rest !== undefined) listed.add(name, rest);
  }
  if (listed.lines.length === before) return undefined;
  // How it is called among each other: by classes that have been listed by then.
  const calls = new Set(lines.filter((it) => it.startsWith("@")));
  return `${[...listed.lines, ...calls].join("\n")}\n`;
}
