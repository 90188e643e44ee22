// Lambda's quotas as Service Quotas lists them: a table. Source: codes, names and units as Service Quotas publishes them
// for the service `lambda`; values by the Lambda Developer Guide, "Lambda quotas", November 2026.
import type { ServiceQuota } from "@aws-sdk/client-service-quotas";

/** A quota before it is anybody's. */
export interface PublishedQuota {
  readonly code: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly isAdjustable: boolean;
  readonly more?: Pick<ServiceQuota, "Period" | "UsageMetric">;
}

/** The one that counting and the control plane hold to. */
export const CONCURRENT_EXECUTIONS_CODE = "L-B99A9384";

const fixed = (code: string, name: string, value: number, unit: string): PublishedQuota => ({
  code,
  name,
  value,
  unit,
  isAdjustable: false,
});
const aSecond = (code: string, name: string, value: number): PublishedQuota => ({
  ...fixed(code, name, value, "None"),
  more: { Period: { PeriodValue: 1, PeriodUnit: "SECOND" } },
});

/** In the order in which they are listed: by name. The first value of concurrent executions is the installation's own. */
export function lambdaQuotas(concurrentExecutions: number): readonly PublishedQuota[] {
  return [
    fixed("L-7C0F49F9", "Asynchronous payload", 1024, "Kilobytes"),
    {
      code: CONCURRENT_EXECUTIONS_CODE,
      name: "Concurrent executions",
      value: concurrentExecutions,
      unit: "None",
      isAdjustable: true,
      more: {
        UsageMetric: {
          MetricNamespace: "AWS/Lambda",
          MetricName: "ConcurrentExecutions",
          MetricDimensions: {},
          MetricStatisticRecommendation: "Maximum",
        },
      },
    },
    fixed("L-75F48B05", "Deployment package size (direct upload)", 50, "Megabytes"),
    fixed("L-E49FF7B8", "Deployment package size (unzipped)", 250, "Megabytes"),
    { ...fixed("L-9FEE3D26", "Elastic network interfaces per VPC", 500, "None"), isAdjustable: true },
    fixed("L-6581F036", "Environment variable size", 4, "Kilobytes"),
    fixed("L-438DAE3B", "File descriptors", 1024, "None"),
    fixed("L-2ACBD22F", "Function and layer storage", 300, "Gigabytes"),
    fixed("L-01237738", "Function layers", 5, "None"),
    fixed("L-07A00131", "Function resource-based policy", 20, "Kilobytes"),
    fixed("L-9FEEFFC0", "Function timeout", 900, "Seconds"),
    fixed("L-77C8EE9D", "Processes and threads", 1024, "None"),
    aSecond("L-37540937", "Rate of GetFunction API requests", 100),
    aSecond("L-4273958C", "Rate of GetPolicy API requests", 15),
    aSecond(
      "L-B2AA0F47",
      "Rate of control plane API requests (excludes invocation, GetFunction, and GetPolicy requests)",
      15,
    ),
    fixed("L-5C4B2C97", "Synchronous payload", 6, "Megabytes"),
    fixed("L-AD930C90", "Test events (console editor)", 10, "None"),
  ];
}
