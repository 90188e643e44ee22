// The endpoint's certificate, signed by a local authority that clients can be told to trust; both made at first start.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";

/** The endpoint's certificate, from `directory`; made there the first time together with `ca.pem`, which clients trust. */
export async function endpointCertificate(directory: string, nowMs: number): Promise<SecureContext> {
  if (!existsSync(join(directory, "certificate.pem")))
    await (await import("./make-certificates.ts")).makeCertificates(directory, nowMs);
  return createSecureContext({
    cert: readFileSync(join(directory, "certificate.pem")),
    key: readFileSync(join(directory, "key.pem")),
  });
}
