// The two languages that are measured: how their handlers are written and how they are started bare.

/** A language with the same handler as function code and as a plain program. */
export interface Language {
  readonly name: "Node" | "Python";
  readonly runtime: string;
  readonly handler: string;
  /** The file that holds the handler. */
  readonly file: string;
  /** A handler that gives back its event. */
  readonly echo: string;
  /** Prints the handler's result, inside a root with the code at /var/task. */
  readonly bareCommand: readonly string[];
  /** A variable that changes nothing but that a runtime's own start reads: such a function takes a level 1 sandbox. */
  readonly readAtStart: Readonly<Record<string, string>>;
}

export const node: Language = {
  name: "Node",
  runtime: "nodejs26.x",
  handler: "index.handler",
  file: "index.mjs",
  echo: "export const handler = async (event) => event;",
  bareCommand: [
    "/var/lang/bin/node",
    "-e",
    "import('/var/task/index.mjs').then(async (m) => console.log(JSON.stringify(await m.handler({}))))",
  ],
  readAtStart: { NODE_OPTIONS: "--title=x" },
};

const pythonProgram =
  "import sys,json; sys.path.insert(0,'/var/task'); import main; print(json.dumps(main.handler({}, None)))";

export const python: Language = {
  name: "Python",
  runtime: "python3.11",
  handler: "main.handler",
  file: "main.py",
  echo: "def handler(event, context):\n    return event\n",
  bareCommand: ["/var/lang/bin/python3.11", "-c", pythonProgram],
  readAtStart: { PYTHONHASHSEED: "0" },
};
