// What a manifest names: its configuration and layers, or the manifests of an index. Pure.

/** Digests, `sha256:…`. */
export interface Named {
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
}

/** Reads a manifest; undefined where it is no JSON of descriptors. */
export function namedBy(content: Buffer): Named | undefined {
  try {
    const { config, layers, manifests } = JSON.parse(content.toString("utf8")) as {
      config?: { digest: string };
      layers?: { digest: string }[];
      manifests?: { digest: string }[];
    };
    const blobs = [...(config === undefined ? [] : [config]), ...(layers ?? [])].map((it) => it.digest);
    return { blobs, manifests: (manifests ?? []).map((it) => it.digest) };
  } catch {
    return undefined;
  }
}
