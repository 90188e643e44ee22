// Rules of a scalable target's tags: how many, how long. Pure.
import { checkMembers, tooManyTags } from "./exceptions.ts";

/** Source: API reference, TagResource. */
const TAGS_MAX = 50;

/** Throws ValidationException or TooManyTagsException. */
export function checkTags(arn: string, tags: Readonly<Record<string, string>>): void {
  checkMembers(
    Object.entries(tags).flatMap(([key, value]) => [
      { name: "tags", value: key, length: [1, 128] as const },
      { name: `tags.${key}.member`, value, length: [0, 256] as const },
    ]),
  );
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags(arn);
}
