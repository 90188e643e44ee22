// Loaded before every test file: ends the file's process when it is still there long after any test may take.
// The timer alone keeps no process alive, so it can only go off where a test has left something open.
import process from "node:process";

const FILE_TIMEOUT_MS = Number(process.env["HEARTH_TEST_FILE_TIMEOUT_MS"] ?? 600_000);

const complain = (): void => {
  const open = process.getActiveResourcesInfo().join(", ");
  process.stderr.write(
    `Ended after ${FILE_TIMEOUT_MS} ms. Still open, so look for what a test did not give back: ${open}\n`,
  );
  process.exit(1);
};
setTimeout(complain, FILE_TIMEOUT_MS).unref();
