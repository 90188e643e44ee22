// The managed network: each environment's own namespace with one routed /32, and the rules of what it may reach.
import { closeSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { runOrFault } from "../../foundation/subprocess.ts";
import { Fault } from "../../foundation/fault.ts";
import { inNetworkNamespace, newNetworkNamespace, openNetlink } from "../linux/system-calls.ts";
import { deleteAddress, deleteGroup, linkUp, newAddress, newRoute, newVeth, request, tryRequest } from "./netlink.ts";
import { ruleset } from "./ruleset.ts";

const LO = 1;
const ETH0_FILE = "/sys/class/net";

/** One environment's network: alive until disposed or until nobody lives in its namespace. */
export interface EnvironmentNetwork extends Disposable {
  readonly address: string;
  /** Its number among this worker's, from 1 to 65,000. */
  readonly number: number;
  /** Held by the worker until the sandbox has joined. */
  readonly namespaceFd: number;
  /** The sandbox lives in the namespace: the worker lets go of it. */
  release(): void;
}

/** The worker's network. */
export interface Network extends AsyncDisposable {
  /** The one address that every environment reaches: Runtime API, AWS endpoint, resolver. */
  readonly serviceAddress: string;
  create(): EnvironmentNetwork;
}

const RANGES = 64;

/**
 * Takes one of 64 address ranges: the kernel gives the address on `lo` to one worker only, however many start at once.
 * Those that this worker may not take are other workers' on the machine.
 */
function takeRange(netlink: number, wanted: number): number {
  for (let tried = 0; tried < RANGES; tried++) {
    const range = (wanted + tried) % RANGES;
    if (tryRequest(netlink, newAddress(LO, serviceAddressOf(range)))) return range;
  }
  throw new Fault("all 64 of Hearth's address ranges are in use on this machine");
}

const serviceAddressOf = (range: number): string => `169.254.${100 + range}.1`;
const prefixOf = (range: number): string => `hth${range}-`;

/** The links of a range are a group: "HT" in its upper half, so that it is nobody else's. */
const groupOf = (range: number): number => 0x48540000 + range;

/** Removes what a worker that was killed left: its links, its rules, its address. */
export async function removeLeftovers(range: number): Promise<void> {
  const netlink = openNetlink();
  try {
    tryRequest(netlink, deleteGroup(groupOf(range)));
    const onLo = (networkInterfaces()["lo"] ?? []).some((it) => it.address === serviceAddressOf(range));
    if (onLo) request(netlink, deleteAddress(LO, serviceAddressOf(range)));
  } finally {
    closeSync(netlink);
  }
  await runOrFault("nft", ["-f", "-"], { input: `table inet hearth_${range}\ndelete table inet hearth_${range}\n` });
}

function setForwarding(): void {
  const file = "/proc/sys/net/ipv4/ip_forward";
  if (readFileSync(file, "utf8").trim() !== "1") writeFileSync(file, "1");
}

/**
 * Opens the network. `rememberedFile` holds the range of the last run, so that what a killed worker left is found.
 * Throws a Fault where the machine lacks what it needs.
 */
export async function createNetwork(options: {
  rememberedFile: string;
  /** Which range is tried first, modulo 64. */
  preferredRange: number;
  /** The numbers that its environments get: no other worker of the machine has them. Within 1 to 65,000. */
  numbers: { readonly first: number; readonly count: number };
  endpointPort: number;
  runtimeApiPort: number;
}): Promise<Network> {
  if (existsSync(options.rememberedFile)) await removeLeftovers(Number(readFileSync(options.rememberedFile, "utf8")));
  const hostNetlink = openNetlink();
  const range = takeRange(hostNetlink, options.preferredRange % RANGES);
  // Only now: what is remembered is taken away at the next start, and must not be somebody else's.
  writeFileSync(options.rememberedFile, String(range));
  const serviceAddress = serviceAddressOf(range);
  setForwarding();
  const rules = ruleset({
    range,
    prefix: prefixOf(range),
    serviceAddress,
    environments: `100.${64 + range}.0.0/16`,
    ports: [options.endpointPort, options.runtimeApiPort],
  });
  await runOrFault("nft", ["-f", "-"], { input: rules });

  const numbers = createNumbers(options.numbers);
  return {
    serviceAddress,
    create: () => createEnvironmentNetwork({ range, serviceAddress, hostNetlink, numbers }),
    async [Symbol.asyncDispose]() {
      closeSync(hostNetlink);
      await removeLeftovers(range);
      // Another Hearth may take the range from now on: the next start must not take its links for leftovers of ours.
      rmSync(options.rememberedFile, { force: true });
    },
  };
}

/** What all environments' networks of one worker share. */
interface NetworkGround {
  readonly range: number;
  readonly serviceAddress: string;
  readonly hostNetlink: number;
  readonly numbers: Numbers;
}

/** Numbers of environments, each given to one at a time, and not soon again. */
interface Numbers {
  take(): number;
  giveBack(number: number): void;
}

function createNumbers({ first, count }: { readonly first: number; readonly count: number }): Numbers {
  const used = new Set<number>();
  let next = first - 1;
  return {
    take() {
      for (let tried = 0; tried < count; tried++) {
        next = next >= first + count - 1 ? first : next + 1;
        if (used.has(next)) continue;
        used.add(next);
        return next;
      }
      throw new Fault("no free environment address");
    },
    giveBack: (number) => void used.delete(number),
  };
}

/** Inside the new namespace: the pair's end gets its address and the way to everything else. */
function configureInside(namespaceFd: number, address: string, serviceAddress: string): void {
  inNetworkNamespace(namespaceFd, () => {
    const netlink = openNetlink();
    try {
      request(netlink, linkUp("lo"));
      request(netlink, linkUp("eth0"));
      // In a fresh namespace lo is 1 and the pair's end, made there, is the next; the kernel says which.
      const index = ethernetIndex();
      request(netlink, newAddress(index, address));
      request(netlink, newRoute(index, { host: serviceAddress }));
      request(netlink, newRoute(index, { gateway: serviceAddress }));
    } finally {
      closeSync(netlink);
    }
  });
}

/**
 * Makes a pair under the next number that is free. Nobody removes it: the kernel does when the namespace ends, many at
 * once and behind everything else, where to ask for it takes 20 ms of waiting; until then its number is passed over.
 */
function takeNumber({ range, hostNetlink, numbers }: NetworkGround, namespaceFd: number): number {
  const passedOver: number[] = [];
  try {
    for (;;) {
      const number = numbers.take();
      passedOver.push(number);
      const veth = newVeth(`${prefixOf(range)}${number}`, groupOf(range), namespaceFd);
      if (!tryRequest(hostNetlink, veth)) continue;
      passedOver.pop();
      return number;
    }
  } finally {
    passedOver.forEach(numbers.giveBack);
  }
}

function createEnvironmentNetwork(ground: NetworkGround): EnvironmentNetwork {
  const { range, serviceAddress, hostNetlink, numbers } = ground;
  const stack = new DisposableStack();
  const namespaceFd = newNetworkNamespace();
  let isHeld = true;
  const release = (): void => {
    if (isHeld) closeSync(namespaceFd);
    isHeld = false;
  };
  stack.defer(release);
  try {
    const number = stack.adopt(takeNumber(ground, namespaceFd), numbers.giveBack);
    const address = `100.${64 + range}.${number >> 8}.${number & 255}`;
    const name = `${prefixOf(range)}${number}`;
    const hostIndex = Number(readFileSync(`${ETH0_FILE}/${name}/ifindex`, "utf8"));
    request(hostNetlink, newRoute(hostIndex, { host: address }));
    configureInside(namespaceFd, address, serviceAddress);
    return { address, number, namespaceFd, release, [Symbol.dispose]: () => stack.dispose() };
  } catch (error) {
    stack.dispose();
    throw error;
  }
}

/** eth0's index in the namespace that this thread is in. */
function ethernetIndex(): number {
  const lines = readFileSync("/proc/thread-self/net/dev_mcast", "utf8").split("\n");
  const found = lines.map((line) => line.trim().split(/\s+/u)).find((fields) => fields[1] === "eth0");
  return found === undefined ? 2 : Number(found[0]);
}
