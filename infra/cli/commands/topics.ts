import type { Args, Command, Io } from '../command.ts'

export const topics: Command = {
  name: 'topics',
  positionals: 'plan | apply | check',
  summary: 'Make the topics of a Kafka cluster what they should be, or say what is wrong with them',
  flags: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      describe: 'Configuration of the node (default: tapwire.yaml)',
    },
    'grow-partitions': { type: 'boolean', describe: 'apply: also add partitions; plan says what that costs' },
    reassignment: {
      type: 'string',
      value: 'FILE',
      describe: 'Write what kafka-reassign-partitions.sh needs to make missing copies',
    },
    lines: { type: 'boolean', describe: 'One JSON object per difference' },
    json: { type: 'boolean', describe: 'One JSON object for all' },
  },
  examples: [
    ['tapwire topics plan', 'what is to be created or changed, old and new value, and why; changes nothing'],
    ['tapwire topics apply', 'do it; settings that tapwire has no opinion on stay as they are'],
    ['tapwire topics check --lines', 'for a monitor: exit code 1 when something is wrong or unwise'],
    [
      'tapwire topics plan --reassignment copies.json',
      'more copies of what is there: a file for the tool that Kafka brings',
    ],
  ],
  notes: [
    'plan exits with 0 also when there is something to do. apply exits with 1 when something is left that it does not do: copies,',
    'and partitions that are too many. A retention of segments that is shorter than the worst replay is refused (exit code 2),',
    'here and when a node starts. Copies are made with what Kafka brings:',
    '  kafka-reassign-partitions.sh --bootstrap-server kafka-1:9092 --reassignment-json-file copies.json --execute',
  ],
  async run(args: Args, io: Io): Promise<number> {
    const { runTopics } = await import('../topics/command.ts') // loads the log's native store: only when needed
    return runTopics(args, io)
  },
}
