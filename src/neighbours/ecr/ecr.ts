// Hearth's own registry of container images, in the place of ECR: images are pushed to it, and workers take them from it.
import type { IncomingMessage, ServerResponse } from "node:http";
import { isOwnRegistry, parseImageReference } from "../../model/image-reference.ts";
import { BlobUses } from "./blob-uses.ts";
import { createDistribution, type DistributionDeps } from "./distribution.ts";
import { sweepImagesRegularly } from "./sweep-images.ts";

/** The registry. */
export interface Registry {
  /** Answers a request of the OCI Distribution protocol; false for any other. */
  serve(message: IncomingMessage, response: ServerResponse): boolean;
  /** What a name stands for: an image here, none, or one in another registry. */
  resolve(uri: string): Promise<{ readonly digest: string } | "missing" | "elsewhere">;
  manifest(repository: string, version: string): Promise<Buffer | undefined>;
  blob(digest: string): AsyncIterable<Buffer> | undefined;
  /** From now on images that nobody needs go. To be called when it is known what functions run. */
  start(): void;
  /** Removes every image. */
  reset(): Promise<void>;
}

/** What the registry stands on. */
export interface RegistryDeps extends Omit<DistributionDeps, "uses"> {
  readonly port: number;
  /** Digests of images that functions run. */
  readonly imagesInUse: () => ReadonlySet<string>;
}

/** The registry at one port. */
export function createRegistry(deps: RegistryDeps): Registry {
  const { store, files, port } = deps;
  const uses = new BlobUses(deps.clock);
  const distribution = createDistribution({ ...deps, uses });
  return {
    serve: (message, response) => distribution.serve(message, response),
    async resolve(uri) {
      if (/^(?:oci|oci-archive|docker-archive):/u.test(uri)) return "elsewhere";
      const { registry, repository, version } = parseImageReference(uri);
      if (!isOwnRegistry(registry, port)) return "elsewhere";
      const found = await store.find(repository, version);
      return found === undefined ? "missing" : { digest: found.digest };
    },
    manifest: async (repository, version) => (await store.find(repository, version))?.content,
    blob(digest) {
      const sha256 = digest.replace(/^sha256:/u, "");
      return /^[0-9a-f]{64}$/u.test(sha256) && files.size(sha256) !== undefined ? files.read(sha256) : undefined;
    },
    start: () => sweepImagesRegularly({ ...deps, uses }),
    async reset() {
      await store.reset();
      await files.clear();
    },
  };
}
