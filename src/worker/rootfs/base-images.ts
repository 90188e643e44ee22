// AWS's base images by runtime, under whatever registry has them. Pure. Source: Lambda Developer Guide, "AWS base images for Lambda".
import type { Runtime } from "../../model/runtimes.ts";

/** The image of a runtime below a prefix such as `public.ecr.aws/lambda`. */
export function baseImageOf(prefix: string, runtime: Runtime): string {
  const tag = runtime.family === "provided" ? runtime.name.replace("provided.", "") : runtime.version;
  return `${prefix.replace(/\/+$/u, "")}/${runtime.family}:${tag}`;
}
