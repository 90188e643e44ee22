// Random identifiers, in the forms that AWS uses.
import { randomBytes, randomUUID } from "node:crypto";

/** A version 4 UUID. */
export function newUuid(): string {
  return randomUUID();
}

/** Random bytes as lower-case hexadecimal, two digits a byte. */
export function newHex(bytes: number): string {
  return newBytes(bytes).toString("hex");
}

const POOL_BYTES = 4096;
let pool = Buffer.alloc(0);

/** Random bytes out of a pool, each given once: asking the system for a few at a time costs more than using them. */
export function newBytes(bytes: number): Buffer {
  if (pool.length < bytes) pool = randomBytes(Math.max(POOL_BYTES, bytes));
  const taken = pool.subarray(0, bytes);
  pool = pool.subarray(bytes);
  return taken;
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Random characters of base 32's alphabet, as in access key ids. */
export function newBase32(length: number): string {
  return Array.from(randomBytes(length), (byte) => BASE32[byte & 31]).join("");
}
