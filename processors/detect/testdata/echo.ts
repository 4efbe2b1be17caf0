/** Test support: a detector that says every value with the needle `zz` in it: shows what the stage takes a request apart into. */
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Config } from '../config.ts'
import { Bench, DECODERS, exchangeOf, type RequestParts } from './exchange.ts'

export const ECHO: DetectorSpec = {
  id: 'echo',
  attack: 'scanner',
  literals: ['zz'],
  words: [],
  inspect: ({ text }, _lower, _exchange, report) =>
    report({ rule: `echo.${text}`, severity: 'info', evidence: text, why: 'It is there.' }),
}

/** Values by their points, elements joined with a space. */
export function echoed(parts: RequestParts, settings: Partial<Config> = {}): Record<string, string> {
  const found = new Bench({ maxDetections: 1000, ...settings }, DECODERS, [ECHO]).inspect(exchangeOf(parts))
  return Object.fromEntries(found.map(({ point, evidence }) => [point.join(' '), evidence]))
}
