// Reads the invocation trace that Azure Functions published: a line a function, its invocations minute by minute.
// Source of the format: github.com/Azure/AzurePublicDataset, AzureFunctionsDataset2019, invocations_per_function_md.anon.d*.csv.
import { seededRandom } from "./seeded-random.ts";
import { countedArrivals, type SimulatedFunction, someFunction, type Workload } from "./workload.ts";

const HEADING = "HashOwner,HashApp,HashFunction,Trigger";
const NAMING_COLUMNS = 4;
const MINUTES = 1440;

interface Counted {
  readonly minutes: Uint16Array;
  readonly counts: Uint32Array;
}

/** The minutes of a line that have invocations. Throws an Error that names what is wrong. */
function countsOf(cells: readonly string[], line: number): Counted {
  const minutes: number[] = [];
  const counts: number[] = [];
  for (let minute = 0; minute < cells.length; minute++) {
    const cell = cells[minute];
    if (cell === "0") continue;
    const count = Number(cell);
    if (!Number.isInteger(count) || count < 0) throw new Error(`line ${line}: ${cell} is no number of invocations`);
    if (count > 0) {
      minutes.push(minute);
      counts.push(count);
    }
  }
  return { minutes: Uint16Array.from(minutes), counts: Uint32Array.from(counts) };
}

/** Reads the trace's lines, of so many functions at most. Owners are accounts. Throws an Error where it is none. */
export async function readAzureTrace(
  lines: AsyncIterable<string> | Iterable<string>,
  { seed, functionsMax }: { readonly seed: number; readonly functionsMax: number },
): Promise<Workload> {
  const random = seededRandom(seed);
  const accounts = new Map<string, number>();
  const functions: SimulatedFunction[] = [];
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (number === 1) {
      if (line.startsWith(HEADING)) continue;
      throw new Error(`this is no trace of Azure Functions: its first line begins with ${HEADING}`);
    }
    if (functions.length >= functionsMax) break;
    if (line === "") continue;
    const cells = line.split(",");
    const [owner = ""] = cells;
    if (cells.length !== NAMING_COLUMNS + MINUTES) {
      throw new Error(`line ${number}: ${cells.length} columns, where ${NAMING_COLUMNS + MINUTES} are expected`);
    }
    const account = accounts.get(owner) ?? accounts.size;
    accounts.set(owner, account);
    const { minutes, counts } = countsOf(cells.slice(NAMING_COLUMNS), number);
    functions.push(someFunction(random, `f${number}`, account, countedArrivals(random, minutes, counts)));
  }
  return functions;
}
