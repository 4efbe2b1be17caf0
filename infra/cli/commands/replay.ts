import type { Args, Command, Io } from '../command.ts'
import { LINE_TYPES } from '../pipeline.ts'

export const replay: Command = {
  name: 'replay',
  positionals: '',
  summary: 'Process stored traffic again, with other settings or newer code, beside the live run',
  flags: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      describe: 'Configuration of the node (default: tapwire.yaml)',
    },
    topic: { type: 'string', value: 'NAME', describe: 'What to process again (default and only one: segments)' },
    from: {
      type: 'string',
      value: 'WHEN',
      describe: 'First: a time, how long ago, or an offset (default: all there is)',
    },
    to: { type: 'string', value: 'WHEN', describe: 'Where to stop, exclusive (default: the end as of now)' },
    with: { type: 'string', value: 'FILE', describe: 'Take the processors from this configuration' },
    diff: { type: 'boolean', describe: 'Say what --with finds, loses and changes against --config' },
    lines: { type: 'boolean', describe: 'With --diff: JSON lines instead of a report' },
    only: {
      type: 'string',
      value: 'TYPES',
      describe: `Comma-separated: ${LINE_TYPES.join(', ')} (default: exchange,detection)`,
    },
    bodies: { type: 'boolean', describe: 'Add bodies to exchanges, in base64' },
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      describe: 'Write lines or report there instead of standard output',
    },
    'to-topic': {
      type: 'string',
      value: 'PREFIX',
      describe: 'Publish to PREFIX.exchanges, PREFIX.detections, … instead',
    },
    'warm-up': {
      type: 'string',
      value: 'SPAN',
      describe: 'Traffic read before --from, to know open connections (default: 60s)',
    },
    budget: { type: 'string', value: 'MOST', describe: 'Stop after reading so much (100MB) or working so long (5m)' },
  },
  examples: [
    ['tapwire replay --config tapwire.yaml', 'everything that is stored, as JSON lines'],
    ['tapwire replay --from 1h --only detection', 'what happened within the last hour'],
    [
      'tapwire replay --from 2026-11-21T09:00Z --to 2026-11-21T10:00Z --with new.yaml --diff',
      'what new settings would have changed',
    ],
    ['tapwire replay --with new.yaml --to-topic trial-1', 'results into topics of their own: trial-1.exchanges, …'],
    ['tapwire replay --budget 5m -o replayed.jsonl', 'five minutes at most; it says how to go on'],
  ],
  notes: [
    'WHEN is a time (2026-11-21T09:30:00Z; without zone it is UTC), how long ago (90s, 30m, 1h, 2d), an offset for all',
    'partitions (120) or for some (0:120,3:7). Of a range of times counts what comes out while its segments are processed.',
    'It reads with a position of its own and touches no consumer group. Same input and settings: same bytes.',
    'Exit code 1 when nothing is stored in the range, or something could not be decoded.',
  ],
  async run(args: Args, io: Io): Promise<number> {
    const { runReplay } = await import('../replay/command.ts') // loads the log's native store: only when needed
    return runReplay(args, io)
  },
}
