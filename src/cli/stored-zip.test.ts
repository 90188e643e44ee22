// Zips that we write, read by two readers that are not ours.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { unzipSync } from "fflate";
import yauzl from "yauzl";
import { storedZip } from "./stored-zip.ts";

test("what goes in comes out, whatever the names and contents", () => {
  // The reader gives an object, of which __proto__ can't be a member.
  const name = fc.stringMatching(/^[a-zäß文_]{1,12}$/u).filter((it) => it !== "__proto__");
  fc.assert(
    fc.property(fc.dictionary(name, fc.uint8Array({ maxLength: 200 })), (files) => {
      const read = unzipSync(storedZip(files));

      assert.deepEqual(Object.keys(read).sort(), Object.keys(files).sort());
      for (const [path, content] of Object.entries(files))
        assert.deepEqual(Buffer.from(read[path] ?? []), Buffer.from(content));
    }),
  );
});

test("a strict reader finds regular files that all may read", async () => {
  const zip = storedZip({ "a/b.txt": Buffer.from("text") });

  const file = await yauzl.fromBufferPromise(zip, { lazyEntries: true, strictFileNames: true });
  for await (const entry of file.eachEntry()) {
    assert.equal(entry.fileName, "a/b.txt");
    assert.equal(entry.externalFileAttributes >>> 16, 0o100644);
    assert.equal(entry.uncompressedSize, 4);
  }
  assert.equal(file.entryCount, 1);
});
