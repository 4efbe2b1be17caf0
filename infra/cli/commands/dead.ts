import type { Args, Command, Io } from '../command.ts'

export const dead: Command = {
  name: 'dead',
  positionals: 'list | show ID | retry [ID...]',
  summary: 'Look at what a stage or sink refused for good, and feed it in again',
  flags: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      describe: 'Configuration of the node (default: tapwire.yaml)',
    },
    group: { type: 'string', value: 'GROUP', describe: 'Only what this group refused: process, or sink.NAME' },
    stage: { type: 'string', value: 'STAGE', describe: 'Only timers of this stage' },
    reason: {
      type: 'string',
      value: 'REASON',
      describe: 'Only letters with this reason, e.g. threw, undecodable, refused-by-sink',
    },
    all: { type: 'boolean', describe: 'list: also what was retried; retry: every open letter' },
    limit: { type: 'string', value: 'N', describe: 'list: how many, newest first (default: 20)' },
    json: { type: 'boolean', describe: 'list: one JSON object per letter' },
  },
  examples: [
    ['tapwire dead list', 'counts by reason, and the newest letters'],
    ['tapwire dead show 8d1f0a', 'why, where it came from, and its bytes'],
    ['tapwire dead retry --reason refused-by-sink', 'after the other side was mended'],
    ['tapwire dead retry --all', 'after an upgrade'],
  ],
  notes: [
    'retry delivers what a sink refused to that sink alone; puts records that could not be read back to their topic, if this',
    'version can read them; and processes the connection of a segment that made a processor fail again, publishing what is',
    'missing. Every try is written down. After three that failed, a letter is tried only by its id.',
    'Exit code 1 when there is no such letter, or a retry failed.',
  ],
  async run(args: Args, io: Io): Promise<number> {
    const { runDead } = await import('../dead/command.ts') // loads the log's native store: only when needed
    return runDead(args, io)
  },
}
