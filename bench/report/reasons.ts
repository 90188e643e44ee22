// Why a target is missed, by the row's id: written by whoever looked into it, shown beside the figures. What was not measured says "presumably".

/** In words, for `latest.json`. */
export const reasons: Readonly<Record<string, string>> = {
  "burst.no-pool":
    "each start makes a sandbox by runc (38 ms) and boots Node (35 ms, measured alone), where the yardstick boots Node only",
  "cold.python.no-pool":
    "the sandbox takes 40 ms with its user namespace, filters and mounts, which the yardstick's has not; of 35 ms of boot, 10 are our client's imports (json, logging, socket), which the yardstick does without",
  "network.turned-over.100":
    "presumably the kernel, which takes ended namespaces away under the lock that making links needs",
  "network.turned-over.1000":
    "presumably the kernel, which takes ended namespaces away under the lock that making links needs",
  "network.turned-over.500":
    "presumably the kernel, which takes ended namespaces away under the lock that making links needs",
  "packages.at-once":
    "a start out of the pool is about 10 ms, nearly all of it CPU: six share two cores; the size of the packages no longer shows",
  "payloads.6mb":
    "of 52 ms more than the pair, reading and writing the JSON take 17 ms and a SHA-256 takes 4 ms; the rest presumably is copying, as payloads are held whole and not streamed",
  "peers.lambda-local.warm":
    "it runs the function inside its own server's process: no isolation, no freezing, no signature",
  "peers.serverless-offline.warm":
    "it runs the function in a worker thread of its own server: no isolation, no freezing, no signature",
  "warm.throughput":
    "CPU: an invocation takes about 700 µs of it (services 200, worker 170, runtimes 250, the client 90, measured by /proc), where the pair and its client take 250; a proxy before sixteen servers, one for each client as environments are, is the floor beside it",
};
