/**
 * Per detector and rule: in what share of ordinary requests its needles occur, what that costs, which needles led to it, and the
 * dearest value. What `tapwire rules bench` prints for a capture, here for the load capture's shapes and the harmless corpus.
 *
 *   node test/bench/needles.bench.ts
 */
import { benchExchanges, renderCosts } from '#infra/cli/rules/bench.ts'
import { withRules } from '#infra/cli/rules/sources.ts'
import { config } from '#processors/detect/config.ts'
import { DECODERS, DETECTORS } from '#processors/detect/testdata/exchange.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { harmlessRequests, loadRequests } from './inspect/requests.ts'

const settings = config.parse(withRules({}, config.parse({}), process.cwd())['detect'])

function print(title: string, exchanges: readonly Exchange[]): void {
  console.log(`\n${title}`)
  console.log(renderCosts(benchExchanges({ config: settings, decoders: DECODERS, detectors: DETECTORS }, exchanges)))
}

print('load capture', loadRequests(1000))
const harmless = harmlessRequests()
if (harmless === null) console.log('harmless requests: skipped, the shared corpus is not here')
else print('harmless requests', harmless)
