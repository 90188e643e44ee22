// The managed network: each environment's own namespace with one routed /32, and the rules of what it may reach.
import { closeSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { runOrFault } from "../../foundation/subprocess.ts";
import { Fault } from "../../foundation/fault.ts";
import { inNetworkNamespace, newNetworkNamespace, openNetlink } from "../linux/system-calls.ts";
import { deleteAddress, deleteLink, linkUp, newAddress, newRoute, newVeth, request } from "./netlink.ts";
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

/** Which of 64 address ranges this worker takes: those of other Hearths on the machine are visible on `lo`. */
function freeRange(wanted: number): number {
  const taken = new Set((networkInterfaces()["lo"] ?? []).map((it) => it.address));
  for (let tried = 0; tried < 64; tried++) {
    const range = (wanted + tried) % 64;
    if (!taken.has(serviceAddressOf(range))) return range;
  }
  throw new Fault("all 64 of Hearth's address ranges are in use on this machine");
}

const serviceAddressOf = (range: number): string => `169.254.${100 + range}.1`;
const prefixOf = (range: number): string => `hth${range}-`;

/** Removes what a worker that was killed left: links by their prefix, its rules, its address. */
export async function removeLeftovers(range: number): Promise<void> {
  const netlink = openNetlink();
  try {
    for (const name of readdirSync(ETH0_FILE)) if (name.startsWith(prefixOf(range))) request(netlink, deleteLink(name));
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
  endpointPort: number;
  runtimeApiPort: number;
}): Promise<Network> {
  if (existsSync(options.rememberedFile)) await removeLeftovers(Number(readFileSync(options.rememberedFile, "utf8")));
  const range = freeRange(options.endpointPort % 64);
  writeFileSync(options.rememberedFile, String(range));
  const serviceAddress = serviceAddressOf(range);
  const hostNetlink = openNetlink();
  request(hostNetlink, newAddress(LO, serviceAddress));
  setForwarding();
  const rules = ruleset({
    range,
    prefix: prefixOf(range),
    serviceAddress,
    environments: `100.${64 + range}.0.0/16`,
    ports: [options.endpointPort, options.runtimeApiPort],
  });
  await runOrFault("nft", ["-f", "-"], { input: rules });

  const used = new Set<number>();
  let next = 1;
  const takeNumber = (): number => {
    for (let tried = 0; tried < 65_000; tried++) {
      next = next >= 65_000 ? 1 : next + 1;
      if (!used.has(next)) {
        used.add(next);
        return next;
      }
    }
    throw new Fault("no free environment address");
  };

  function create(): EnvironmentNetwork {
    const number = takeNumber();
    const address = `100.${64 + range}.${number >> 8}.${number & 255}`;
    const name = `${prefixOf(range)}${number}`;
    const namespaceFd = newNetworkNamespace();
    request(hostNetlink, newVeth(name, namespaceFd));
    const hostIndex = Number(readFileSync(`${ETH0_FILE}/${name}/ifindex`, "utf8"));
    request(hostNetlink, newRoute(hostIndex, { host: address }));
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
    let isHeld = true;
    let isGone = false;
    const release = (): void => {
      if (isHeld) closeSync(namespaceFd);
      isHeld = false;
    };
    return {
      address,
      number,
      namespaceFd,
      release,
      [Symbol.dispose]() {
        if (isGone) return;
        isGone = true;
        release();
        try {
          request(hostNetlink, deleteLink(name));
        } catch {
          // The namespace's end took the pair with it.
        }
        used.delete(number);
      },
    };
  }

  return {
    serviceAddress,
    create,
    async [Symbol.asyncDispose]() {
      closeSync(hostNetlink);
      await removeLeftovers(range);
    },
  };
}

/** eth0's index in the namespace that this thread is in. */
function ethernetIndex(): number {
  const lines = readFileSync("/proc/thread-self/net/dev_mcast", "utf8").split("\n");
  const found = lines.map((line) => line.trim().split(/\s+/u)).find((fields) => fields[1] === "eth0");
  return found === undefined ? 2 : Number(found[0]);
}
