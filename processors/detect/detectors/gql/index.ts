import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import type { Attack } from '#schemas/records/detection.ts'
import { DOCUMENT_NAMES } from '../../text/gql/parser.ts'
import { type Beside, batchIndex, besideOf } from './envelope.ts'
import { type GqlLimits, gqlLimits } from './limits.ts'
import { type Measures, measure } from './measure.ts'

/** Directives at one place, and one field in one set, beyond which nobody means what is asked. */
const MOST_DIRECTIVES = 10
const MOST_REPEATED = 50

type Report = (finding: Finding & { readonly attack: Attack }) => void

/**
 * GraphQL requests that cost a server more than their size, and questions about its schema. It looks at whole documents,
 * wherever the decoder finds them, and at what stands beside them.
 */
function gql(limits: GqlLimits): DetectorSpec {
  const beside = besideOf(limits.valueSize)
  return {
    id: 'gql',
    attack: 'gql_doc_size',
    literals: [],
    words: [],
    // Those that its decoder takes for documents have to be looked at for that.
    names: ['gql', ...DOCUMENT_NAMES],
    quietNames: true,
    configured: settings => gql(gqlLimits.parse(settings)),
    inspect({ point, text }, _lower, exchange, report) {
      if (point.at(-1) !== 'gql') return
      const index = batchIndex(point)
      if (index <= 0) request(beside(exchange), limits, report)
      if (index === limits.docsPerBatch) batch(limits, text, report)
      if (text.length > limits.docSize) docSize(text.length, limits, text, report)
      const measures = measure(text)
      costs(measures, limits, text, report)
      questions(measures, limits, text, report)
    },
  }
}

export default gql(gqlLimits.parse(undefined))

function request({ longest, debug }: Beside, limits: GqlLimits, report: Report): void {
  if (longest > 0) {
    report({
      attack: 'gql_value_size',
      rule: 'gql_value_size.variable',
      severity: 'medium',
      evidence: `a variable of ${longest} characters`,
      why: 'A variable of the request is longer than resolvers are made for.',
      shows: `${longest} characters, limit ${limits.valueSize}`,
      unless: `It would have at most ${limits.valueSize} characters.`,
    })
  }
  if (debug === null || limits.debug === 'allow') return
  report({
    attack: 'gql_debug',
    rule: 'gql_debug.request',
    severity: 'low',
    evidence: debug,
    why: 'The request asks for debug output, which tells how the server works inside.',
    unless: 'The request would not ask for it, or debug would be allowed.',
  })
}

function batch(limits: GqlLimits, text: string, report: Report): void {
  report({
    attack: 'gql_docs_per_batch',
    rule: 'gql_docs_per_batch.batch',
    severity: 'medium',
    evidence: text,
    why: 'One request holds more documents than clients batch: each of them is a try that no limit on requests counts.',
    shows: `document ${limits.docsPerBatch + 1} of a batch, limit ${limits.docsPerBatch}`,
    unless: `There would be at most ${limits.docsPerBatch} documents.`,
  })
}

function docSize(size: number, limits: GqlLimits, text: string, report: Report): void {
  report({
    attack: 'gql_doc_size',
    rule: 'gql_doc_size.document',
    severity: 'medium',
    evidence: text,
    why: 'The document is larger than what clients send, and parsing it alone keeps the server busy.',
    shows: `${size} characters, limit ${limits.docSize}`,
    unless: `It would have at most ${limits.docSize} characters.`,
  })
}

function costs(
  { depth, circle, aliased, longest, directives, repeated }: Measures,
  limits: GqlLimits,
  text: string,
  report: Report,
): void {
  const say = (
    attack: Attack,
    what: string,
    severity: Finding['severity'],
    why: string,
    shows: string,
    unless: string,
    at = 0,
  ) => report({ attack, rule: `${attack}.${what}`, severity, why, shows, unless, at, evidence: text.slice(at) })

  if (depth > limits.depth) {
    say(
      'gql_depth',
      'fields',
      'medium',
      'Fields inside of fields multiply what the server has to load.',
      `${depth} levels, limit ${limits.depth}`,
      `It would have at most ${limits.depth} levels.`,
    )
  }
  if (circle !== null) {
    say(
      'gql_depth',
      'circle',
      'high',
      'A fragment spreads itself: a server that does not check goes round for ever.',
      `fragment ${circle}`,
      'Its fragments would not lead back to themselves.',
    )
  }
  if (aliased.count > limits.aliases) {
    say(
      'gql_aliases',
      'field',
      'medium',
      'One field is asked for again and again under other names, each time at full cost or as another try.',
      `${aliased.count} aliases of ${aliased.name}, limit ${limits.aliases}`,
      `There would be at most ${limits.aliases} aliases of a field.`,
    )
  }
  if (longest.length > limits.valueSize) {
    say(
      'gql_value_size',
      'value',
      'medium',
      'A value in the document is longer than resolvers are made for.',
      `${longest.length} characters, limit ${limits.valueSize}`,
      `It would have at most ${limits.valueSize} characters.`,
      longest.at,
    )
  }
  if (directives > MOST_DIRECTIVES) {
    say(
      'data_bomb',
      'gql-directives',
      'high',
      'So many directives at one place serve nobody, and servers check each of them.',
      `${directives} directives at one place`,
      `There would be at most ${MOST_DIRECTIVES}.`,
    )
  }
  if (repeated.count > MOST_REPEATED) {
    say(
      'data_bomb',
      'gql-fields',
      'high',
      'The same field is selected over and over in one place, which servers merge at a cost that grows faster than the document.',
      `${repeated.count} times ${repeated.name}`,
      `It would be selected at most ${MOST_REPEATED} times.`,
    )
  }
}

function questions({ introspection, debug }: Measures, limits: GqlLimits, text: string, report: Report): void {
  if (introspection !== null && limits.introspection === 'report') {
    const at = text.indexOf(introspection)
    report({
      attack: 'gql_introspection',
      rule: 'gql_introspection.schema',
      severity: 'low',
      evidence: text.slice(at),
      at,
      why: 'The request asks for the schema: a map of everything the server can do, for tools and for whoever looks for a way in.',
      shows: introspection,
      unless: 'The request would ask for data only (__typename is data), or introspection would be allowed.',
    })
  }
  if (debug === null || limits.debug !== 'report') return
  report({
    attack: 'gql_debug',
    rule: 'gql_debug.document',
    severity: 'low',
    evidence: debug,
    why: 'The document asks for debug output, which tells how the server works inside.',
    shows: debug,
    unless: 'It would not ask for it, or debug would be allowed.',
  })
}
