// Removes images that nobody needs any more: at the start and then every hour.
import type { Clock } from "../../foundation/clock.ts";
import type { SealedFiles } from "../../store/sealed-files.ts";
import type { BlobUses } from "./blob-uses.ts";
import type { RegistryStore } from "./registry-store.ts";
import { blobsOf, unusedManifests } from "./unused-images.ts";

const EVERY_MS = 3_600_000;
/** An image that lost its tag is kept for a day: whoever moved the tag may want it back by its digest. */
const UNTAGGED_KEPT_MS = 24 * 3_600_000;
/** A blob whose manifest may still come. */
const UNNAMED_KEPT_MS = 3_600_000;

/** What the sweep looks at. */
export interface SweepDeps {
  readonly store: RegistryStore;
  readonly files: SealedFiles;
  readonly uses: BlobUses;
  readonly clock: Clock;
  /** Digests of images that functions run. */
  readonly imagesInUse: () => ReadonlySet<string>;
}

/** Sweeps once. */
export async function sweepImages({ store, files, uses, clock, imagesInUse }: SweepDeps): Promise<void> {
  const nowMs = clock.nowMs();
  const pushedAfterMs = nowMs - UNTAGGED_KEPT_MS;
  for (const { repository, digest } of unusedManifests(await store.all(), { inUse: imagesInUse(), pushedAfterMs }))
    await store.removeUntagged(repository, digest, pushedAfterMs);
  const named = blobsOf(await store.all());
  for (const { sha256, keptAtMs } of await files.list()) {
    // Asked in the very step that removes: whoever pushes a manifest uses its blobs first.
    const lastUseMs = Math.max(keptAtMs, uses.lastUseMs(sha256));
    if (!named.has(sha256) && lastUseMs <= nowMs - UNNAMED_KEPT_MS) {
      uses.forget(sha256);
      await files.remove(sha256);
    }
  }
}

/** Sweeps now and goes on for as long as the clock runs. */
export function sweepImagesRegularly(deps: SweepDeps & { readonly onFault: (error: unknown) => void }): void {
  sweepImages(deps).catch(deps.onFault);
  deps.clock.after(EVERY_MS, () => sweepImagesRegularly(deps));
}
