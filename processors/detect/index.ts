import type { DecoderSpec, DetectorSpec } from '#schemas/contracts/detector.ts'
import type { ProcessorSpec } from '#schemas/contracts/processor.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { type Config, config } from './config.ts'
import type { Spent } from './rules/budget.ts'
import { Ruled } from './rules/stage.ts'

export default {
  kind: 'processor',
  name: 'detect',
  summary: 'Takes requests apart into values, decodes them and finds attacks in them',
  config,
  input: 'exchanges',
  outputs: ['detections'],
  parts: { decoders: 'decoders', detectors: 'detectors' },
  create: (settings, parts) =>
    new Ruled(settings, parts['decoders'] as readonly DecoderSpec[], parts['detectors'] as readonly DetectorSpec[]),
} satisfies ProcessorSpec<Config, Exchange, Spent>
