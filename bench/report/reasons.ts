// Why a target is missed, by the row's id: written by whoever looked into it, shown beside the figures. What was not measured says "presumably".

/** Of a warm invoke, what is left when its hops and its signature are taken off. */
const OWN_WORK =
  "the rest, 0.24 to 0.31, is what Hearth does at each hop: by /proc services, worker and environment take 281, 216 and 111 µs of CPU a request, bare processes in their places 123, 89 and 56 (beside warm.floor)";

/** In words, for `latest.json`. */
export const reasons: Readonly<Record<string, string>> = {
  "burst.no-pool":
    "CPU: a start takes 81 ms of it by /proc (the environment 55, the worker and runc 23, services 3), a bare start of Node 31, and the two cores have none left; a sandbox by runc with the same Node and handler takes 54, which on two cores is 1.5 of the yardstick already; a hundred of those two at a time take nearly as long as Hearth (1.06 to 1.2, measured beside)",
  "cold.python.no-pool":
    "our client's imports, which the yardstick does without: 21 ms in the same root beside 11 for the bare interpreter, 18 of them json and logging, which AWS's client and most functions import too (medians of 40); the sandbox's user namespace, filters and mounts come on top",
  "network.kept.500":
    "nothing that grows was found: by strace its calls take 1.61 ms, and beside one 1.29 before and 1.59 after in the same run (a link 0.55 beside 0.45 and 0.56, a namespace 0.69 beside 0.58 and 0.71): the machine changes as much within a run; between runs it was 0.95 to 1.55",
  "network.kept.1000":
    "the calls are the same seven to netlink and one unshare, and each takes the kernel longer, evenly (by strace: a link 0.39 ms beside one, 0.51 beside 1,000; a namespace 0.51 and 0.66); between two runs it was 0.95 and 1.55 beside 500, 1.57 and 1.65 beside 1,000",
  "network.turned-over.500":
    "nothing that grows was found: by strace its calls take 1.25 ms, and beside one 1.20 before and 1.42 after in the same run",
  "network.turned-over.1000":
    "the kernel takes namespaces that ended away in the background, under the lock that bringing a link up needs (0.08 ms beside one, 0.12 to 0.4 beside 1,000, by strace)",
  "packages.at-once":
    "CPU: a start out of the pool takes 9.6 ms of it alone and 7.8 among six (by /proc, medians: services 1.9, the worker 2.2, the environment 3.9, the client 1.5), so that six have 23 to 29 ms of work for two cores, 1.7 to 2.0 of the slowest alone; between runs it was 1.31 and 1.32 of that floor, measured beside; the size of the packages does not show, as the row beside six functions of a few bytes has it",
  "payloads.6mb":
    "six hops between processes for the pair's four, each 4 to 9 ms and held whole; JSON read and written by the runtime (13 ms more than without, measured beside), its check in services (6 ms) and SHA-256 (4 ms)",
  "peers.lambda-local.warm": `it runs the function inside its own server's process: one hop there and back for three. Of our 0.68 ms the bare hops are 0.38, 0.77 of its 0.49 already; the signature is 0.02 or less; isolation and freezing are nothing (0.74 as plain processes); ${OWN_WORK}`,
  "peers.rie.warm": `it is one process less (0.08 ms by a bare chain without the second, measured alone), compiled, and checks no signature. Of our 0.61 ms the bare hops are 0.34, 0.71 of its 0.48 already; the signature is 0.02; isolation and freezing are nothing (0.67 as plain processes); ${OWN_WORK}`,
  "peers.serverless-offline.warm": `it runs the function in a worker thread of its own server: one hop there and back for three. Of our 0.71 ms the bare hops are 0.39, 0.63 of its 0.62 already; the signature is 0.01; isolation and freezing are nothing (0.75 as plain processes); ${OWN_WORK}`,
  "queue.events": "each event is sealed, which the bare queue does without: between runs it was 0.43 to 0.65",
  "warm.provisioned":
    "it lies at the mark: between runs it was 1.14, 1.15, 1.19, 1.21 and 1.25 (2.5 to 2.7 ms beside 2.0 to 2.3)",
  "warm.throughput":
    "CPU: an invocation takes 491 µs of it by /proc (services 155, the worker 107, environments 128, the client 101), where the pair and its client take 270, and the two cores have none left; the bare hops of an invoke with sixteen runtimes take 255, and a proxy before sixteen servers, one for each client as environments are, 337 (both measured beside); between runs it was 0.49 and 0.51, on a machine that did other things besides 0.41 to 0.50",
};
