// Rules of functions that are container images: what goes with them and what does not, in AWS's words. Pure.
import type { ImageConfig } from "@aws-sdk/client-lambda";
import type { ImageSettings } from "../../model/function-version.ts";
import { parseImageReference } from "../../model/image-reference.ts";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { Constraint } from "../../model/validation.ts";

const WORDS_MAX = 1_500;
const DIRECTORY_LENGTH_MAX = 1_000;
/** An OCI layout or an archive of one on this machine, as other tools name them. */
const LOCAL = /^(?:oci|oci-archive|docker-archive):\/./u;

/** What belongs to packages alone. */
interface OfPackages {
  readonly Runtime?: string | undefined;
  readonly Handler?: string | undefined;
  readonly Layers?: readonly string[] | undefined;
}

/** The constraints on an image's settings, in the service's model. */
export function imageConfigConstraints(given: ImageConfig | undefined): Constraint[] {
  return [
    { name: "imageConfig.entryPoint", value: given?.EntryPoint, length: [0, WORDS_MAX] },
    { name: "imageConfig.command", value: given?.Command, length: [0, WORDS_MAX] },
    { name: "imageConfig.workingDirectory", value: given?.WorkingDirectory, length: [0, DIRECTORY_LENGTH_MAX] },
  ];
}

/** Refuses what an image has itself. */
export function checkNothingOfPackages({ Runtime, Handler, Layers }: OfPackages): void {
  if (Runtime !== undefined || Handler !== undefined || (Layers?.length ?? 0) > 0)
    throw invalidParameter(
      "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
    );
}

/** Checks an image's name. Throws InvalidParameterValueException. */
export function checkImageUri(uri: string): void {
  if (LOCAL.test(uri)) return;
  try {
    parseImageReference(uri);
  } catch {
    throw invalidParameter(`Source image ${uri} is not valid. Provide a valid source image.`);
  }
}

/** AWS's refusal of an image that there is not. */
export function noSuchImage(uri: string): Error {
  return invalidParameter(`Source image ${uri} does not exist. Provide a valid source image.`);
}

/** The settings that a request names; empty lists are none, as on AWS. undefined: none. */
export function imageSettings(given: ImageConfig): ImageSettings | undefined {
  const listed = (words: readonly string[] | undefined): readonly string[] | undefined =>
    words === undefined || words.length === 0 ? undefined : words;
  const entryPoint = listed(given.EntryPoint);
  const command = listed(given.Command);
  const workingDirectory = given.WorkingDirectory === "" ? undefined : given.WorkingDirectory;
  if (entryPoint === undefined && command === undefined && workingDirectory === undefined) return undefined;
  return { entryPoint, command, workingDirectory };
}
