import { z } from 'zod'
import { FORMS, misfit } from '#schemas/forms/form.ts'

const fields = z.strictObject({
  to: z.enum(['file', 'stdout']).default('file').describe('Where lines go'),
  path: z
    .string()
    .min(1)
    .default('tapwire.jsonl')
    .describe('The file; a relative path starts at the configuration file'),
  topics: z
    .array(z.enum(['detections', 'exchanges', 'anomalies']))
    .min(1)
    .refine(topics => new Set(topics).size === topics.length, { error: 'a topic is listed twice' })
    .default(['detections'])
    .describe('What is written'),
  form: z.enum(FORMS).default('lines').describe('How a record is written: JSON lines, or the form of another product'),
  bodies: z.boolean().default(false).describe('Bodies of exchanges too, in base64 (form: lines)'),
  fsync: z.boolean().default(false).describe('Wait until lines are on the disk: they survive a power cut, at a price'),
  rotate: z
    .strictObject({
      bytes: z
        .number()
        .int()
        .min(4096)
        .default(100 * 1024 * 1024)
        .describe('The file is rotated before it would grow beyond this'),
      every: z
        .enum(['hour', 'day', 'never'])
        .default('day')
        .describe('Also rotated at the first line of a new UTC hour or day'),
      keep: z
        .number()
        .int()
        .min(1)
        .max(10_000)
        .default(14)
        .describe('Rotated files that are kept; older ones are deleted'),
      gzip: z.boolean().default(false).describe('Rotated files are compressed'),
    })
    .prefault({})
    .describe('When a new file is begun'),
})

export const config = fields.superRefine(({ form, topics, bodies }, context) => {
  const problem = misfit(form, topics)
  if (problem !== null) context.addIssue({ code: 'custom', path: ['form'], message: problem })
  if (bodies && form !== 'lines') {
    context.addIssue({ code: 'custom', path: ['bodies'], message: `form ${form} holds no bodies: only lines does` })
  }
})

export type Config = z.infer<typeof config>
