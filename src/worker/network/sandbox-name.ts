// The one name that an environment has for itself: extensions listen for telemetry at sandbox.localdomain. Pure.
// Source: Lambda Developer Guide, "Telemetry API": destinations are at `sandbox.localdomain` or `sandbox`.

const HEADER_BYTES = 12;
const TYPE_A = 1;
const CLASS_IN = 1;
const TTL_SECONDS = 60;
const NAMES: ReadonlySet<string> = new Set(["sandbox.localdomain", "sandbox"]);

/** The name asked for, and where the question ends; undefined for what is no question of a single name. */
function questionOf(query: Buffer): { readonly name: string; readonly end: number } | undefined {
  if (query.length < HEADER_BYTES || query.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at]; length !== undefined && length !== 0; length = query[at]) {
    // A name of three labels is none of ours, and neither is one that is compressed.
    if (length > 63 || labels.length === 2) return undefined;
    labels.push(query.toString("latin1", at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  const end = at + 5;
  return end <= query.length ? { name: labels.join("."), end } : undefined;
}

/** The answer to a DNS query for an environment's own name, which is the address that it asks from; undefined for any other. */
export function answerOwnName(query: Buffer, askerAddress: string): Buffer | undefined {
  const question = questionOf(query);
  if (question === undefined || !NAMES.has(question.name)) return undefined;
  const { end } = question;
  const isAddress = query.readUInt16BE(end - 4) === TYPE_A && query.readUInt16BE(end - 2) === CLASS_IN;
  const answer = Buffer.alloc(isAddress ? end + 16 : end);
  query.copy(answer, 0, 0, end);
  // An authoritative response without an error, with recursion as it was asked for.
  answer.writeUInt16BE(0x8480 | (query.readUInt16BE(2) & 0x0100), 2);
  answer.writeUInt16BE(isAddress ? 1 : 0, 6);
  answer.writeUInt32BE(0, 8);
  if (!isAddress) return answer;
  answer.writeUInt16BE(0xc000 | HEADER_BYTES, end);
  answer.writeUInt16BE(TYPE_A, end + 2);
  answer.writeUInt16BE(CLASS_IN, end + 4);
  answer.writeUInt32BE(TTL_SECONDS, end + 6);
  answer.writeUInt16BE(4, end + 10);
  for (const [index, part] of askerAddress.split(".").entries()) answer.writeUInt8(Number(part), end + 12 + index);
  return answer;
}
