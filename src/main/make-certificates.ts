// Makes the local certificate authority and the endpoint's certificate, once; loaded only then, since the library is large.
import { writeFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { join } from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const AUTHORITY_YEARS = 10;
const NAMES = [
  "localhost",
  "*.localhost",
  "localhost.localstack.cloud",
  "*.localhost.localstack.cloud",
  "*.amazonaws.com",
  "*.us-east-1.amazonaws.com",
  "*.lambda-url.us-east-1.on.aws",
];

async function pem(key: CryptoKey): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey("pkcs8", key);
  return `-----BEGIN PRIVATE KEY-----\n${Buffer.from(bytes).toString("base64").replace(/.{64}/gu, "$&\n")}\n-----END PRIVATE KEY-----\n`;
}

/** Writes `ca.pem`, `key.pem` and `certificate.pem` into a directory. */
export async function makeCertificates(directory: string, nowMs: number): Promise<void> {
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const notBefore = new Date(nowMs - 3_600_000);
  const notAfter = new Date(nowMs + AUTHORITY_YEARS * 365 * 86_400_000);
  const authorityKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Hearth local CA",
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys: authorityKeys as webcrypto.CryptoKeyPair as never,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey as CryptoKey),
    ],
  });
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=localhost",
    issuer: authority.subject,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey as CryptoKey,
    signingKey: authorityKeys.privateKey as CryptoKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        ...NAMES.map((value) => ({ type: "dns" as const, value })),
        { type: "ip", value: "127.0.0.1" },
        { type: "ip", value: "::1" },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  writeFileSync(join(directory, "ca.pem"), `${authority.toString("pem")}\n`, { mode: 0o644 });
  writeFileSync(join(directory, "key.pem"), await pem(keys.privateKey as CryptoKey), { mode: 0o600 });
  // Written last: where it stands, the others do.
  writeFileSync(join(directory, "certificate.pem"), `${certificate.toString("pem")}\n`, { mode: 0o644 });
}
