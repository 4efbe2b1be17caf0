import { z } from 'zod'
import { gqlLimits } from './detectors/gql/limits.ts'
import { inspection } from './inspection.ts'
import { rules } from './rules/config.ts'

/** Decoders that can be switched off: folders of `decoders/`, but for the query. */
export const PARSERS = [
  'base64',
  'basic',
  'cookie',
  'folded',
  'form_urlencoded',
  'gql',
  'grpc',
  'gzip',
  'hex',
  'htmljs',
  'json_doc',
  'jwt',
  'multipart',
  'percent',
  'protobuf',
  'viewstate',
  'xml',
] as const

/** Limits of what one exchange may cost. What happens at each: README.md. */
export const config = z
  .strictObject({
    maxDepth: z
      .int()
      .min(1)
      .max(32)
      .default(8)
      .describe('decoders applied on top of each other; what is encoded deeper is not decoded (detect.limit.depth)'),
    maxNesting: z
      .int()
      .min(1)
      .max(1024)
      .default(64)
      .describe('nesting inside one decoder, e.g. of JSON; deeper is a data_bomb (detect.limit.nesting)'),
    maxValues: z
      .int()
      .min(100)
      .default(100_000)
      .describe('values taken from one exchange; more is a data_bomb (detect.limit.values)'),
    maxChars: z
      .int()
      .min(10_000)
      .default(16_000_000)
      .describe('characters that all decoders together may produce from one exchange (detect.limit.chars)'),
    maxWork: z
      .int()
      .min(10_000)
      .default(100_000_000)
      .describe(
        'characters that decoders and detectors together may read of one exchange, each as often as it reads them: a bound on time that is the same on every machine; more is a data_bomb (detect.limit.work)',
      ),
    maxEffort: z
      .number()
      .min(2)
      .default(5)
      .describe(
        'characters that decoders and detectors may read for each that the exchange brings and becomes, and 200,000 in any case; more is a data_bomb (detect.limit.work)',
      ),
    maxDear: z
      .int()
      .min(1)
      .default(32)
      .describe('compressed values that are unpacked of one exchange (detect.limit.dear)'),
    maxExpansion: z
      .number()
      .min(10)
      .default(50)
      .describe('decoders may produce this many times the input, and 64 kB in any case; more is a data_bomb'),
    parsersOff: z
      .array(z.enum(PARSERS))
      .default([])
      .describe('decoders that are not applied; values are inspected as they stand there'),
    maxDetections: z
      .int()
      .min(1)
      .default(16)
      .describe('detections reported per exchange; the rest is counted (detect.limit.detections)'),
    responses: z
      .enum(['on', 'off'])
      .default('on')
      .describe('inspect what servers answer; off: counted (detect.skipped.response)'),
    maxResponseBody: z
      .int()
      .min(1024)
      .max(67_108_864)
      .default(131_072)
      .describe(
        'bytes of a response body that are inspected; the rest is counted (detect.limit.response, detect.uninspected.response)',
      ),
    detectors: z.strictObject({ gql: gqlLimits }).prefault({}).describe('settings of detectors, by their id'),
    inspection,
    rules,
    engine: z
      .string()
      .max(64)
      .default('tapwire')
      .describe('what detections of built-in detectors name as their pack; filled in with the hash of this version'),
  })
  .prefault({})

export type Config = z.infer<typeof config>
