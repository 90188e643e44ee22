// The name of an image in a registry, as people write it: `public.ecr.aws/lambda/python:3.13`. Pure.
import { Fault } from "../foundation/fault.ts";

/** An image's name, taken apart. */
export interface ImageReference {
  /** `public.ecr.aws`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** `lambda/python`. */
  readonly repository: string;
  /** A tag, or a digest such as `sha256:…`. */
  readonly version: string;
}

const REPOSITORY = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/u;
const TAG = /^\w[\w.-]{0,127}$/u;
/** Digests in the only algorithm that registries use. */
export const DIGEST: RegExp = /^sha256:[0-9a-f]{64}$/u;
const LENGTH_MAX = 512;

/** Docker's rules: a first part with a dot, a colon or the name localhost is a registry, all else is Docker Hub's. */
function registryOf(path: string): { registry: string; repository: string } {
  const [first = "", ...rest] = path.split("/");
  if (rest.length > 0 && (/[.:]/u.test(first) || first === "localhost"))
    return { registry: first === "docker.io" ? "registry-1.docker.io" : first, repository: rest.join("/") };
  return { registry: "registry-1.docker.io", repository: rest.length === 0 ? `library/${path}` : path };
}

/** Takes a name apart. Throws a Fault that says what an image's name looks like. */
export function parseImageReference(text: string): ImageReference {
  const wrong = new Fault(
    `"${text}" is neither a path on this machine nor an image's name such as public.ecr.aws/lambda/python:3.13`,
  );
  if (text.length > LENGTH_MAX) throw wrong;
  const [path = "", digest] = text.split("@");
  const colon = path.indexOf(":", path.lastIndexOf("/") + 1);
  const { registry, repository } = registryOf(colon < 0 ? path : path.slice(0, colon));
  const tag = colon < 0 ? "latest" : path.slice(colon + 1);
  if (!REPOSITORY.test(repository) || !TAG.test(tag) || (digest !== undefined && !DIGEST.test(digest))) throw wrong;
  return { registry, repository, version: digest ?? tag };
}

/** Registries on this machine are asked in the clear, all others by TLS. */
export function registryAddress(registry: string): string {
  const host = registry.replace(/:\d+$/u, "");
  const isLoopback = host === "localhost" || host === "[::1]" || /^127(?:\.\d+){3}$/u.test(host);
  return `${isLoopback ? "http" : "https"}://${registry}`;
}

const ECR = /^\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|localhost(?:\.[a-z.]+)?)(?::\d+)?$/u;

/** Whether a registry is Hearth's own, at its port on this machine, or one of ECR's, in whose place that stands. */
export function isOwnRegistry(registry: string, port: number): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].some((it) => registry === `${it}:${port}`) || ECR.test(registry);
}
