// Code for functions of tests: asks Hearth's own paths with the keys of the function's role, as they have to be asked from inside.

/** JavaScript that defines `signedFetch(pathAndQuery)`, which signs a GET by Signature Version 4. */
export const signedFetch = `
const { createHash, createHmac } = process.getBuiltinModule("node:crypto");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
function signedFetch(path) {
  const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = process.env;
  const url = new URL(path, AWS_ENDPOINT_URL);
  const time = new Date().toISOString().replace(/[-:]|\\.\\d+/g, "");
  const headers = { host: url.host, "x-amz-date": time, "x-amz-security-token": AWS_SESSION_TOKEN };
  const names = Object.keys(headers);
  url.searchParams.sort();
  const lines = names.map((name) => name + ":" + headers[name] + "\\n").join("");
  const canonical = ["GET", url.pathname, url.search.slice(1), lines, names.join(";"), sha256("")].join("\\n");
  const scope = [time.slice(0, 8), AWS_REGION, "lambda", "aws4_request"];
  const key = scope.reduce(hmac, "AWS4" + AWS_SECRET_ACCESS_KEY);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonical)].join("\\n")).toString("hex");
  const credential = AWS_ACCESS_KEY_ID + "/" + scope.join("/");
  const authorization =
    "AWS4-HMAC-SHA256 Credential=" + credential + ", SignedHeaders=" + names.join(";") + ", Signature=" + signature;
  return fetch(url, { headers: { ...headers, authorization } });
}
`;
