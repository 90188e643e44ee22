// Images in Hearth's own registry, which services keep: manifests and blobs over the link, in parts.
import { createHandover } from "../../../foundation/handover.ts";
import type { Connection } from "../../../link/connection.ts";
import { calls } from "../../../link/messages.ts";
import type { ImageReference } from "../../../model/image-reference.ts";
import { type ImageSource, verified } from "./image-source.ts";

/** What comes in parts, as it is asked for: the link lets no more come than is taken. */
async function* partsOf(connection: Connection, header: unknown): AsyncGenerator<Uint8Array> {
  const { give, end, items } = createHandover<Uint8Array>();
  const ended = connection.call(calls.fetchBlob, header, undefined, ({ body }) => give(body)).finally(end);
  ended.catch(() => undefined);
  yield* items;
  await ended;
}

/** An image there. `digest`: what its name stood for before. */
export function createLinkSource(
  services: () => Connection,
  reference: ImageReference,
  digest: string | undefined,
): ImageSource {
  const { repository } = reference;
  const version = digest ?? reference.version;
  const name = `${reference.registry}/${repository}${version.includes(":") ? "@" : ":"}${version}`;
  return {
    name,
    async top() {
      const { body } = await services().call(calls.fetchManifest, { repository, version });
      return version.startsWith("sha256:") ? verified(body, version) : body;
    },
    async read(kind, descriptor) {
      if (kind === "blobs") return partsOf(services(), { digest: descriptor.digest });
      const { body } = await services().call(calls.fetchManifest, { repository, version: descriptor.digest });
      return (async function* () {
        yield await Promise.resolve(body);
      })();
    },
  };
}
