// The events of examples/events, as AWS's services send them, for trying a function out.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const placeOf = (file: string): URL => new URL(`../../examples/events/${file}`, import.meta.url);

/** Their names. */
export function sampleEventNames(): readonly string[] {
  return readdirSync(fileURLToPath(placeOf("")))
    .filter((it) => it.endsWith(".json"))
    .map((it) => it.slice(0, -".json".length))
    .sort();
}

/** An event's JSON. Throws an Error that lists the names there are. */
export function sampleEvent(name: string): string {
  const names = sampleEventNames();
  if (!names.includes(name)) throw new Error(`there is no sample event ${name}; there are ${names.join(", ")}`);
  return readFileSync(placeOf(`${name}.json`), "utf8");
}
