// Rules of tags: how many, how long. Pure.
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import { validate } from "../../model/validation.ts";

const TAGS_MAX = 50;

/** Throws InvalidParameterValueException or ValidationException. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > TAGS_MAX) throw invalidParameter("Number of tags exceeds function tag limit.");
  for (const [key, value] of Object.entries(tags)) {
    validate([
      { name: "tags", value: key, length: [1, 128] },
      { name: "tags", value, length: [0, 256] },
    ]);
    if (key.startsWith("aws:")) throw invalidParameter("Tag keys starting with 'aws:' are reserved for system use");
  }
}
