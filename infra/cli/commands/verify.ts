import type { Args, Command, Io } from '../command.ts'

export const verify: Command = {
  name: 'verify',
  positionals: 'DETECTION',
  summary: 'Find a detection again in the stored segments, or say why not',
  flags: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      describe: 'Configuration of the node (default: tapwire.yaml)',
    },
    json: { type: 'boolean', describe: 'One JSON object: id, confirmed, reason, differences' },
  },
  examples: [
    ['tapwire verify 62bc0a4bbb5b6d2f4dbd23a7', 'confirmed, or what differs'],
    ['tapwire verify 62bc0a4bbb5b6d2f4dbd23a7 --config new.yaml', 'would these settings still find it?'],
  ],
  notes: ['Exit code 0: found again, with every field the same; 1: not, or its segments are no longer stored.'],
  async run(args: Args, io: Io): Promise<number> {
    const { runVerify } = await import('../evidence/command.ts') // loads the log's native store: only when needed
    return runVerify(args, io)
  },
}
