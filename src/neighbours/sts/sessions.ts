// Temporary keys of assumed roles. The session token carries the session itself, sealed: nothing is stored, all survives a restart.
import { newBase32 } from "../../foundation/ids.ts";
import type { Seal } from "../../store/seal.ts";

/** A role's session. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly accountId: string;
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/NAME`. */
  readonly principalArn: string;
  readonly expiresAtMs: number;
}

/** What is known of an access key. */
export type SessionLookUp =
  | { readonly kind: "unknown" }
  | { readonly kind: "expired" }
  | { readonly kind: "known"; readonly secret: string; readonly accountId: string; readonly principalArn: string };

/** Issues and recognises sessions. */
export interface Sessions {
  issue(roleArn: string, sessionName: string): Session;
  lookUp(accessKeyId: string, sessionToken: string | undefined): SessionLookUp;
}

const LIFETIME_MS = 12 * 3_600_000;
const CACHE_MAX = 10_000;

/** Sessions sealed under one root key. */
export function createSessions(seal: Seal, nowMs: () => number): Sessions {
  const opened = new Map<string, Omit<Session, "sessionToken">>();
  function open(accessKeyId: string, token: string): Omit<Session, "sessionToken"> | undefined {
    const known = opened.get(token);
    if (known !== undefined) return known;
    try {
      const session = JSON.parse(
        seal.open(Buffer.from(token, "base64"), `session:${accessKeyId}`).toString(),
      ) as Session;
      if (opened.size >= CACHE_MAX) opened.clear();
      opened.set(token, session);
      return session;
    } catch {
      return undefined;
    }
  }
  return {
    issue(roleArn, sessionName) {
      const [, , , , accountId = "", resource = ""] = roleArn.split(":");
      const session = {
        accessKeyId: `ASIA${newBase32(16)}`,
        secretAccessKey: newBase32(40),
        accountId,
        principalArn: `arn:aws:sts::${accountId}:assumed-role/${resource.split("/").at(-1) ?? ""}/${sessionName}`,
        expiresAtMs: nowMs() + LIFETIME_MS,
      };
      const sealed = seal.seal(Buffer.from(JSON.stringify(session)), `session:${session.accessKeyId}`);
      return { ...session, sessionToken: sealed.toString("base64") };
    },
    lookUp(accessKeyId, sessionToken) {
      // Our own keys are never taken for unknown ones: without a right token they are refused.
      if (sessionToken === undefined) return accessKeyId.startsWith("ASIA") ? { kind: "expired" } : { kind: "unknown" };
      const session = open(accessKeyId, sessionToken);
      if (session === undefined || session.accessKeyId !== accessKeyId) {
        return accessKeyId.startsWith("ASIA") ? { kind: "expired" } : { kind: "unknown" };
      }
      if (session.expiresAtMs < nowMs()) return { kind: "expired" };
      return {
        kind: "known",
        secret: session.secretAccessKey,
        accountId: session.accountId,
        principalArn: session.principalArn,
      };
    },
  };
}
