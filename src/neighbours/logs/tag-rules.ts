// Rules of a log group's tags: how many, how long. Pure.
import { checkMembers, tooManyTags } from "./exceptions.ts";

/** Source: API reference, TagResource. */
const TAGS_MAX = 50;
const KEY_PATTERN = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)";
const VALUE_PATTERN = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)";

/** Throws InvalidParameterException or TooManyTagsException. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  checkMembers(
    Object.entries(tags).flatMap(([key, value]) => [
      { name: "tags", value: key, length: [1, 128] as const, pattern: KEY_PATTERN },
      { name: `tags.${key}.member`, value, length: [0, 256] as const, pattern: VALUE_PATTERN },
    ]),
  );
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
}
