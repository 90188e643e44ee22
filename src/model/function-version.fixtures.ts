// A function version for tests: valid in all that a test does not name.
import type { FunctionSettings, FunctionVersion } from "./function-version.ts";

/** What a test may say of a version; settings stand among the rest. */
type Given = Partial<FunctionVersion> & Partial<FunctionSettings>;

/** An active $LATEST of a function `f`. */
export function aFunctionVersion(given: Given = {}): FunctionVersion {
  const settings: FunctionSettings = {
    runtime: "nodejs26.x",
    handler: "index.handler",
    role: "arn:aws:iam::111122223333:role/tester",
    description: "",
    timeoutSeconds: 3,
    memoryMiB: 128,
    ephemeralStorageMiB: 512,
    architecture: "x86_64",
    environment: undefined,
    tracingMode: "PassThrough",
    logFormat: "Text",
    applicationLogLevel: undefined,
    systemLogLevel: undefined,
    logGroup: "/aws/lambda/f",
    layers: [],
  };
  const version: FunctionVersion = {
    accountId: "111122223333",
    region: "us-east-1",
    functionName: "f",
    version: "$LATEST",
    settings,
    code: { sha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", bytes: 276 },
    state: { state: "Active" },
    lastUpdate: { status: "Successful" },
    lastModified: "2026-01-01T00:00:00.000+0000",
    revisionId: "d3a2f0c4-5b1e-4f2a-9c3d-1a2b3c4d5e6f",
    deployment: "00000000-0000-4000-8000-000000000000",
  };
  const own = Object.fromEntries(Object.entries(given).filter(([name]) => name in version || name === "previous"));
  const inner = Object.fromEntries(Object.entries(given).filter(([name]) => name in settings));
  return { ...version, ...own, settings: { ...(given.settings ?? settings), ...inner } };
}
