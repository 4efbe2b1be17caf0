import type { Args, Command, Io } from '../command.ts'

export const rules: Command = {
  name: 'rules',
  positionals: 'test [PACK...] | bench [CAPTURE...] | explain REQUEST',
  summary: 'Test rule packs, say what they cost, or explain how a request is judged',
  flags: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      describe: 'Configuration: packs, exceptions, limits (default: none)',
    },
    exchange: {
      type: 'string',
      value: 'ID',
      describe: 'explain: REQUEST is a capture; the exchange with this id, or its number',
    },
    host: { type: 'string', value: 'HOST', describe: 'explain: the host, for a request without one' },
    response: { type: 'string', value: 'FILE', describe: 'explain: a file with the raw response to REQUEST' },
    all: { type: 'boolean', describe: 'explain: also values that interested nobody' },
    json: { type: 'boolean', describe: 'One JSON object instead of text' },
  },
  examples: [
    ['tapwire rules test', 'the tests that stand beside the rules of the packs that come with Tapwire'],
    ['tapwire rules test -c tapwire.yaml', '… and of those that a configuration names'],
    ['tapwire rules test rules/shop.yaml', 'of one pack'],
    [
      'tapwire rules bench capture.pcap',
      'how often needles occur in this traffic, and what each detector and rule takes',
    ],
    [
      'tapwire rules explain request.txt',
      'one raw HTTP request: values, needles, what was recognised, what would be harmless',
    ],
    [
      "printf 'GET /?id=1%%20or%%201=1 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' | tapwire rules explain -",
      'the same from standard input',
    ],
    ['tapwire rules explain capture.pcap --exchange c581c1f4be316cd976ccb088-3', 'a request out of a capture'],
  ],
  notes: [
    'test exits with 1 when a test fails, and with 2 when a pack is broken: with file, line and column. explain exits with 0 whatever',
    'it finds. Nothing is sent anywhere.',
  ],
  async run(args: Args, io: Io): Promise<number> {
    const { runRules } = await import('../rules/command.ts') // detectors take a moment to load: only when needed
    return runRules(args, io)
  },
}
