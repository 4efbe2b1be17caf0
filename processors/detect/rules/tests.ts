/** The tests that stand beside a rule: values that it finds, and values that it must not. */
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Rule } from './pack.ts'
import type { TestSource } from './schema.ts'
import { tryRule } from './trial.ts'

export interface RuleFailure {
  readonly rule: string
  readonly expected: 'found' | 'not found'
  readonly value: string
  readonly because: string
}

/** Empty when all is as it should be. */
export function testRule(rule: Rule): readonly RuleFailure[] {
  const { positive, negative } = rule.tests
  const failures = (tests: readonly TestSource[], expected: RuleFailure['expected']): RuleFailure[] =>
    tests.flatMap(test => {
      const { exchange, point, value } = caseOf(rule, test)
      const { found, because } = tryRule(rule, { point, text: value }, exchange)
      return found === (expected === 'found') ? [] : [{ rule: rule.id, expected, value, because }]
    })
  return [...failures(positive, 'found'), ...failures(negative, 'not found')]
}

function caseOf(rule: Rule, test: TestSource) {
  const given = typeof test === 'string' ? { value: test } : test
  const { example } = rule
  const point = given.point ?? example.point
  const aboutPath = point.length === 1 && point[0] === 'uri'
  const path = given.path ?? (aboutPath && given.value !== undefined ? given.value : example.path)
  const value = given.value ?? (aboutPath ? path : '')
  return { point, value, exchange: exchangeOf(rule, { ...given, path }) }
}

/** As much of an exchange as a `where` looks at. */
function exchangeOf(
  { example }: Rule,
  {
    method = example.method,
    host = example.host,
    path,
    headers = {},
  }: {
    method?: string | undefined
    host?: string | undefined
    path: string
    headers?: Readonly<Record<string, string>> | undefined
  },
): Exchange {
  const endpoint = { ip: '192.0.2.1', port: 40_000 }
  return {
    id: 'test',
    time: 0,
    end: 0,
    connection: { id: 'test', client: endpoint, server: endpoint, encapsulation: [], tls: false, capture: 'test' },
    ordinal: 1,
    stream: null,
    client: endpoint,
    host,
    scheme: 'http',
    hops: [],
    application: example.application,
    mode: 'monitoring',
    request: {
      method,
      target: path,
      path,
      query: null,
      version: '1.1',
      headers: Object.entries(headers),
      trailers: [],
      bodyBytes: 0,
      decodedBytes: null,
      body: null,
      content: null,
    },
    response: null,
    message: null,
    anomalies: [],
    origin: { source: 'test', packets: [0, 0], log: null },
  }
}
