// CloudWatch under each protocol that its clients speak: SDKs for JavaScript JSON, botocore CBOR, older ones the query protocol.
import type { Mounted } from "../gateway/gateway.ts";
import { createAwsJson } from "../gateway/protocols/aws-json.ts";
import { createQuery } from "../gateway/protocols/query.ts";
import { createRpcV2Cbor } from "../gateway/protocols/rpc-v2-cbor.ts";
import { loadShapes } from "../gateway/shapes/shapes.ts";
import type { Service } from "../model/operation.ts";

const NAME = "GraniteServiceVersion20100801";

/** The same service three times. */
export function cloudWatchMounts(service: Service): readonly Mounted[] {
  const shapes = loadShapes("cloudwatch");
  const query = { version: "2010-08-01", namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/" };
  return [
    { service, protocol: createRpcV2Cbor(shapes, { serviceName: NAME }) },
    {
      service,
      protocol: createAwsJson(shapes, { version: "1.0", targetPrefix: NAME, isQueryCompatible: true }),
    },
    { service, protocol: createQuery(shapes, query) },
  ];
}
