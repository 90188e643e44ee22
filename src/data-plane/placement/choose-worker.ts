// Which worker gets a new environment, and which idle ones make room for it. Pure: reads what is known, changes nothing.

/** What a new environment needs of its worker. */
export interface Need {
  /** The function's memory size: what it may use while it works. */
  readonly memoryMiB: number;
  /** The package that it runs: a worker that has it unpacked starts sooner. */
  readonly codeSha256: string;
}

/** A worker as the choice sees it. */
export interface WorkerLoad {
  readonly capacityMiB: number;
  readonly cores: number;
  /** Sizes of the environments that work or start. */
  readonly busyMiB: number;
  /** Sizes of the environments that are idle, and their number. */
  readonly idleMiB: number;
  readonly idle: number;
  /** Those of them that may be ended for others. */
  readonly evictableMiB: number;
  readonly evictable: number;
  /** When the least recently used of those became idle, in the order of all workers' environments; Infinity without any. */
  readonly idleSince: number;
  /** What an idle environment really uses, as the worker last said. */
  readonly idleEachMiB: number | undefined;
  /** Memory that the machine has left for it, as the worker last said, and what was started since. */
  readonly availableMiB: number | undefined;
  readonly startedSinceMiB: number;
  /** Environments that initialise now. */
  readonly initialising: number;
  readonly environments: number;
  /** Whether it gets anything new. */
  readonly isOpen: boolean;
  hasCode(sha256: string): boolean;
}

/** What the machine keeps, whatever is wanted. */
const KEPT_MIB = 128;
/** How much less loaded another worker must be to be taken although its code must be fetched first. */
const CODE_BONUS = 0.5;

/** What idle environments of these sizes use: frozen ones are counted by what they really hold. */
function idleUseMiB(it: WorkerLoad, count: number, sizesMiB: number): number {
  return it.idleEachMiB === undefined ? sizesMiB : Math.min(sizesMiB, count * it.idleEachMiB);
}

/** Memory in use, by what those that work may use and those that are idle do use. */
export function usedMiB(it: WorkerLoad): number {
  return it.busyMiB + idleUseMiB(it, it.idle, it.idleMiB);
}

/** What a start takes at least before the worker reports again: a start's own memory, not its size. */
export function startMiB(need: Need): number {
  return Math.min(need.memoryMiB, KEPT_MIB);
}

function hasRoom(it: WorkerLoad, need: Need, freedMiB: number): boolean {
  const leftMiB = (it.availableMiB ?? Infinity) - it.startedSinceMiB + freedMiB;
  const isWithinCapacity = usedMiB(it) - freedMiB + need.memoryMiB <= it.capacityMiB;
  if (isWithinCapacity) return leftMiB >= startMiB(need) + KEPT_MIB;
  // Sizes promise more than functions use: beyond what sizes allow, one starts as long as all of its own is there.
  return it.availableMiB !== undefined && leftMiB >= need.memoryMiB + KEPT_MIB;
}

/** Whether a worker can take it now. One that has nothing takes whatever comes: nobody else could do better. */
export function fits(it: WorkerLoad, need: Need): boolean {
  return it.isOpen && (it.environments === 0 || hasRoom(it, need, 0));
}

/** Whether it could take it if all environments that may be ended were. */
function couldFit(it: WorkerLoad, need: Need): boolean {
  if (!it.isOpen || it.evictable === 0) return false;
  return it.environments === it.evictable || hasRoom(it, need, idleUseMiB(it, it.evictable, it.evictableMiB));
}

/** Of these, the one that could make room with the environment that nobody has used for the longest. */
export function chooseToMakeRoom<T extends WorkerLoad>(candidates: Iterable<T>, need: Need): T | undefined {
  let best: T | undefined;
  for (const it of candidates) {
    if (couldFit(it, need) && it.idleSince < (best?.idleSince ?? Infinity)) best = it;
  }
  return best;
}

/** Lower is better: initialisations for each core, then memory; the code being there counts for half of either. */
function cost(it: WorkerLoad, need: Need): number {
  const bonus = it.hasCode(need.codeSha256) ? CODE_BONUS : 0;
  return it.initialising / it.cores + usedMiB(it) / it.capacityMiB - bonus;
}

/** The best of these that can take it; among equal ones the one with the fewest environments. */
export function chooseWorker<T extends WorkerLoad>(candidates: Iterable<T>, need: Need): T | undefined {
  let best: T | undefined;
  let bestCost = Infinity;
  for (const it of candidates) {
    if (!fits(it, need)) continue;
    const itsCost = cost(it, need);
    const isBetter = itsCost < bestCost || (itsCost === bestCost && it.environments < (best?.environments ?? Infinity));
    if (!isBetter) continue;
    best = it;
    bestCost = itsCost;
  }
  return best;
}
