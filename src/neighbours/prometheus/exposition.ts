// Prometheus' text form, version 0.0.4: families of samples with their help and type. Pure.
import type { Family, HistogramSample, Labels, Sample } from "../../model/metric-family.ts";

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const line = (name: string, { labels, value }: Sample): string => `${name}${labelText(labels)} ${value}`;

/** Each bucket counts those below it too, as Prometheus has it. */
function histogramLines(name: string, { labels, bounds, counts, sum }: HistogramSample): readonly string[] {
  let below = 0;
  const buckets = [...bounds.map(String), "+Inf"].map((le, at) => {
    below += counts[at] ?? 0;
    return line(`${name}_bucket`, { labels: { ...labels, le }, value: below });
  });
  return [...buckets, line(`${name}_sum`, { labels, value: sum }), line(`${name}_count`, { labels, value: below })];
}

/** The document. Families without samples are left out. */
export function expositionOf(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, type, help, samples } = family;
    if (samples.length === 0) continue;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    if (family.type === "histogram") lines.push(...family.samples.flatMap((it) => histogramLines(name, it)));
    else lines.push(...family.samples.map((it) => line(name, it)));
  }
  return `${lines.join("\n")}\n`;
}
