// The sample functions of examples/, as the first start deploys them.
import { readFileSync } from "node:fs";
import { run } from "../foundation/subprocess.ts";

/** A function that can be deployed as it is. */
export interface Sample {
  readonly functionName: string;
  readonly runtime: string;
  readonly handler: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly event: object;
}

function fileOf(directory: string, name: string): Readonly<Record<string, Uint8Array>> {
  return { [name]: readFileSync(new URL(`../../examples/${directory}/${name}`, import.meta.url)) };
}

/** The runtime of the host's own Python; undefined where there is none that Hearth runs. */
async function pythonRuntime(): Promise<string | undefined> {
  const said = await run("python3", ["--version"]).then(
    (it) => it.stdout,
    () => "",
  );
  const minor = /^Python 3\.(9|1[0-5])\./u.exec(said)?.[1];
  return minor === undefined ? undefined : `python3.${minor}`;
}

/** Those that this host can run. */
export async function samplesHere(): Promise<readonly Sample[]> {
  const python = await pythonRuntime();
  const node: Sample = {
    functionName: "hello-nodejs",
    runtime: "nodejs26.x",
    handler: "index.handler",
    files: fileOf("hello-nodejs", "index.mjs"),
    event: { name: "Hearth" },
  };
  if (python === undefined) return [node];
  const counting: Sample = {
    functionName: "word-count-python",
    runtime: python,
    handler: "lambda_function.lambda_handler",
    files: fileOf("word-count-python", "lambda_function.py"),
    event: { text: "to be or not to be", most: 2 },
  };
  return [node, counting];
}
