// The units that values may be in.

const SCALED = [
  "Bytes",
  "Kilobytes",
  "Megabytes",
  "Gigabytes",
  "Terabytes",
  "Bits",
  "Kilobits",
  "Megabits",
  "Gigabits",
  "Terabits",
  "Count",
];

/** Source: CloudWatch API reference, MetricDatum. */
export const UNITS: ReadonlySet<string> = new Set([
  ...SCALED,
  ...SCALED.map((it) => `${it}/Second`),
  "Seconds",
  "Microseconds",
  "Milliseconds",
  "Percent",
  "None",
]);
