// Why a target is missed, by the row's id: written by whoever looked into it, shown beside the figures. What was not measured says "presumably".

/** In words, for `latest.json`. */
export const reasons: Readonly<Record<string, string>> = {
  "warm.throughput":
    "presumably CPU: services, worker, sixteen runtimes and the client share the cores, where the pair has two processes and the client",
  "cold.python.no-pool":
    "200 ms are the boot phase; python -v in the root calls its bytecode stale, so a read-only root compiles the standard library at every start",
  "cold.python.level1":
    "210 ms are the boot phase; python -v in the root calls its bytecode stale, so a read-only root compiles the standard library at every start",
  "burst.no-pool":
    "each start makes a sandbox by runc (38 ms) and boots Node (35 ms, measured alone), where the yardstick boots Node only",
  "packages.at-once":
    "presumably CPU: once the slowest alone comes out of the pool too, six starts share two cores; the size of the packages no longer shows",
  "payloads.6mb":
    "of 127 ms more than the pair, reading and writing the JSON take 17 ms and a SHA-256 takes 4 ms, measured apart; the rest presumably is copying, as payloads are held whole and not streamed",
  "peers.serverless-offline.warm":
    "it runs the function in a worker thread of its own server: no isolation, no freezing",
  "peers.lambda-local.warm": "it runs the function inside its own server's process: no isolation, no freezing",
};
