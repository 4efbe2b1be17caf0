/** What a running node tells about itself: warnings to the log, numbers to metrics, readiness to health checks. */

import type { Node, Source } from './node.ts'
import type { OpenLog } from './open.ts'
import type { NodeEvents, Workers } from './plan.ts'

export interface Telemetry extends AsyncDisposable {
  readonly events: NodeEvents
  watch(node: Node, workers: Workers, sources: readonly Source[]): void
}

export async function openTelemetry(_config: unknown, _log: OpenLog): Promise<Telemetry> {
  return {
    events: {
      warn: (what, error) => process.stderr.write(`${what}: ${error instanceof Error ? error.stack : String(error)}\n`),
    },
    watch: () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
