import type { Args, Command, Io } from '../command.ts'

export const evidence: Command = {
  name: 'evidence',
  positionals: 'DETECTION',
  summary: 'Write the packets behind a detection to a pcapng file: its conversation and nothing else',
  flags: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      describe: 'Configuration of the node (default: tapwire.yaml)',
    },
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      describe: 'Where to write (default: DETECTION.pcapng; - is standard output)',
    },
    'exchange-only': { type: 'boolean', describe: 'Only the packets of the exchange, not the whole connection' },
  },
  examples: [
    ['tapwire evidence 62bc0a4bbb5b6d2f4dbd23a7', 'into 62bc0a4bbb5b6d2f4dbd23a7.pcapng'],
    ['tapwire evidence 62bc0a4bbb5b6d2f4dbd23a7 -o - | tshark -r -', 'straight into another program'],
  ],
  notes: [
    'Payload, sequence numbers, flags, windows and times are as captured, VLANs and tunnels are rebuilt; link addresses,',
    'tunnel endpoints, TTL and TCP options are not stored and made up. Each packet says which one it was.',
    'What a proxy mirrored has no packets: its request and response go to DETECTION.jsonl, bodies in base64.',
    'Exit code 1 when there is no such detection, or its segments are no longer stored.',
  ],
  async run(args: Args, io: Io): Promise<number> {
    const { runEvidence } = await import('../evidence/command.ts') // loads the log's native store: only when needed
    return runEvidence(args, io)
  },
}
