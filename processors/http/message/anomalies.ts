/** Adds the name of an anomaly, once. */
export function add(anomalies: string[], kind: string): void {
  if (!anomalies.includes(kind)) anomalies.push(kind)
}
