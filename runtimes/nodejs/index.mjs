// The Node.js managed runtime's entry: `node [flags] /var/runtime/index.mjs` in the environment of its function.
import { run } from "./run.mjs";

// Not awaited: a top-level await that never settles would turn the end of the event loop into exit code 13.
void run(process.env);
