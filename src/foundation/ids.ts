// Random identifiers, in the forms that AWS uses.
import { randomBytes, randomUUID } from "node:crypto";

/** A version 4 UUID. */
export function newUuid(): string {
  return randomUUID();
}

/** Random bytes as lower-case hexadecimal, two digits a byte. */
export function newHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Random characters of base 32's alphabet, as in access key ids. */
export function newBase32(length: number): string {
  return Array.from(randomBytes(length), (byte) => BASE32[byte & 31]).join("");
}
