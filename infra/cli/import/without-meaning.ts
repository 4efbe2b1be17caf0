/** Keys that nothing here corresponds to, and why. */
import type { Draft } from './draft.ts'

const NO_CLOUD_PARTS = 'the analysis is in this process: there are no files of its own'
const NO_EXPORTER = 'there is no separate analysis process: results leave through sinks'
const OTHER_MODE = 'of another mode'

export const WITHOUT_MEANING: ReadonlyMap<string, string> = new Map([
  ['goreplay.path', 'goreplay is not needed: Tapwire captures itself'],
  ['connector', OTHER_MODE],
  ['http_inspector.libdetection_enabled', 'there is one analysis, and it is always on'],
  ['http_inspector.api_firewall_enabled', 'API specifications are not enforced'],
  ['http_inspector.api_firewall_database', 'API specifications are not enforced'],
  ['http_inspector.wmcp_enabled', 'there is one analysis, and it is always on'],
  ['http_inspector.wallarm_dir', NO_CLOUD_PARTS],
  ['http_inspector.shm_dir', NO_CLOUD_PARTS],
  [
    'http_inspector.wallarm_process_time_limit',
    'work is bounded by size, not by time, so that results do not depend on the machine (processors.detect)',
  ],
  ['http_inspector.drop_percent', 'nothing is left out at random: use input_filters, or mode: off for routes'],
  ['postanalytics_exporter.address', NO_EXPORTER],
  ['tarantool_exporter.address', NO_EXPORTER],
  ['log.proton_log_mask', 'the log has one severity for all parts: log.level'],
  ['log.access_log.verbose', 'a line always holds the whole exchange, without bodies'],
  ['metrics.legacy_status', 'counters are in /metrics only'],
  ['metrics.namespace', 'names of metrics begin with tapwire_'],
  ['metrics.per_host_stats', 'metrics are not counted by host'],
  ['metrics.cloud_export', 'metrics are asked for, not sent'],
])

export function noteWithoutMeaning(file: object, draft: Draft): void {
  for (const [key, why] of WITHOUT_MEANING) {
    const path = key.split('.')
    const value = path.reduce<unknown>(
      (at, step) => (at !== null && typeof at === 'object' ? (Reflect.get(at, step) as unknown) : undefined),
      file,
    )
    if (value !== undefined) draft.withoutMeaning(path, why)
  }
}
