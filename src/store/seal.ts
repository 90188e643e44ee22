// Encryption at rest: AES-256-GCM under the root key, which lies in a file that only its owner reads.
import { type Cipheriv, createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { Fault } from "../foundation/fault.ts";
import { newBytes } from "../foundation/ids.ts";

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals and opens bytes. `context` is authenticated: what was sealed for one thing does not open as another. */
export interface Seal {
  seal(plain: Uint8Array, context: string): Buffer;
  /** Throws a Fault when the bytes were changed or belong to another context or key. */
  open(sealed: Uint8Array, context: string): Buffer;
  /**
   * For what is too large to be in memory: the same both ways, under a key of its own. It hides and does not authenticate,
   * so what it opens must be verified by its hash. `iv`: 16 bytes, never used twice.
   */
  streamCipher(iv: Buffer): Cipheriv;
}

/** Makes the key beside its place and then gives it its name, so that whoever is killed leaves a whole key or none. */
function makeKey(file: string): void {
  const unfinished = `${file}.part`;
  rmSync(unfinished, { force: true });
  const made = openSync(unfinished, "wx", 0o600);
  writeSync(made, randomBytes(KEY_BYTES));
  fsyncSync(made);
  closeSync(made);
  renameSync(unfinished, file);
}

function readOrMakeKey(file: string): Buffer {
  if (!existsSync(file)) makeKey(file);
  const key = readFileSync(file);
  if (key.length !== KEY_BYTES)
    throw new Fault(`the root key in ${file} has ${key.length} bytes instead of ${KEY_BYTES}; put back a copy of it`);
  return key;
}

/** The seal of one data directory; makes the root key the first time. */
export function createSeal(keyFile: string): Seal {
  const key = readOrMakeKey(keyFile);
  const streamKey = Buffer.from(hkdfSync("sha256", key, "", "hearth: streams", KEY_BYTES));
  return {
    streamCipher: (iv) => createCipheriv("aes-256-ctr", streamKey, iv),
    seal(plain, context) {
      const iv = newBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(context));
      return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      try {
        const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(context));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch (cause) {
        throw new Fault("stored data could not be decrypted", { cause, context: { context } });
      }
    },
  };
}
