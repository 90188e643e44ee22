// Why a target is missed, by the row's id: written by whoever looked into it, shown beside the figures. What was not measured says "presumably".

/** In words, for `latest.json`. */
export const reasons: Readonly<Record<string, string>> = {
  "burst.no-pool":
    "each start makes a sandbox by runc (38 ms) and boots Node (35 ms, measured alone), where the yardstick boots Node only",
  "cold.python.no-pool":
    "the sandbox takes 40 ms with its user namespace, filters and mounts, which the yardstick's has not; of 35 ms of boot, 10 are our client's imports (json, logging, socket), which the yardstick does without",
  "network.kept.500":
    "nothing that grows was found: by strace its calls take 1.61 ms, and beside one 1.29 before and 1.59 after in the same run (a link 0.55 beside 0.45 and 0.56, a namespace 0.69 beside 0.58 and 0.71): the machine changes as much within a run; between runs it was 0.95 to 1.55",
  "network.kept.1000":
    "the calls are the same seven to netlink and one unshare, and each takes the kernel longer, evenly (by strace: a link 0.39 ms beside one, 0.51 beside 1,000; a namespace 0.51 and 0.66); between two runs it was 0.95 and 1.55 beside 500, 1.57 and 1.65 beside 1,000",
  "network.turned-over.500":
    "nothing that grows was found: by strace its calls take 1.25 ms, and beside one 1.20 before and 1.42 after in the same run",
  "network.turned-over.1000":
    "the kernel takes namespaces that ended away in the background, under the lock that bringing a link up needs (0.08 ms beside one, 0.12 to 0.4 beside 1,000, by strace)",
  "packages.at-once":
    "a start out of the pool is about 10 ms, nearly all of it CPU: six share two cores; the size of the packages does not show, as the row beside six functions of a few bytes has it",
  "payloads.6mb":
    "six hops between processes for the pair's four, each 4 to 9 ms and held whole; JSON read and written by the runtime (13 ms more than without, measured beside), its check in services (6 ms) and SHA-256 (4 ms)",
  "peers.lambda-local.warm":
    "it runs the function inside its own server's process: no isolation, no freezing, no signature",
  "peers.rie.warm":
    "it checks no signature (0.06 ms) and needs no second process that holds the sandboxes (the rest); freezing and isolation cost nothing beside, as plain processes are no faster (0.72 ms)",
  "peers.serverless-offline.warm":
    "it runs the function in a worker thread of its own server: no isolation, no freezing, no signature",
  "queue.events": "each event is sealed, which the bare queue does without: between runs it was 0.43 to 0.65",
  "warm.provisioned": "it lies at the mark: between runs it was 1.14, 1.15 and 1.21 (2.5 to 2.6 ms beside 2.2)",
  "warm.throughput":
    "CPU: an invocation takes about 720 µs of it (services 220, worker 160, runtimes 200, the client 140, measured by /proc, medians of three), where the pair and its client take 290, and the two cores have none left; a proxy before sixteen servers, one for each client as environments are, is the floor beside it; between runs it was 0.41 to 0.44",
};
