import { z } from 'zod'

const ids = z.array(z.string().min(1).max(128)).max(1000).default([])

/** Which rules there are, and which of them hold. Packs can be exchanged while it runs. */
export const rules = z
  .strictObject({
    packs: z
      .array(z.string().min(1).max(64))
      .max(32)
      .default(['known-exploits'])
      .describe('packs that come with Tapwire, by name'),
    files: z
      .array(z.string().min(1).max(4096))
      .max(100)
      .default([])
      .describe('your packs: YAML files, or folders of them; read again when they change'),
    enable: ids.describe('ids of rules that their pack has switched off; * stands for any text'),
    disable: ids.describe('ids of rules that are never reported, also of built-in ones; * stands for any text'),
    maxSteps: z
      .int()
      .min(100)
      .max(1_000_000_000)
      .default(50_000)
      .describe(
        'steps that a rule of a pack may take per exchange, on average of 1,024; more: quarantine (detect.rules.quarantined.<rule>)',
      ),
    sources: z
      .array(
        z.strictObject({ hash: z.string().max(64).describe('of the text'), pack: z.unknown().describe('its content') }),
      )
      .max(200)
      .default([])
      .describe('packs that were read: filled in from packs and files'),
  })
  .prefault({})
  .describe('Rules as data: processors/detect/rules/README.md')
