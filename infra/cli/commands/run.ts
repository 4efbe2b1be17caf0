import { Usage } from '#schemas/contracts/errors.ts'
import type { Args, Command, Io } from '../command.ts'

export const run: Command = {
  name: 'run',
  positionals: '',
  summary: 'Run a node: capture, process and export through the durable log',
  flags: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      describe: 'Configuration (default: tapwire.yaml in the working directory)',
    },
  },
  examples: [
    ['tapwire run --config tapwire.yaml', 'until Ctrl-C, or until all capture files are processed and delivered'],
    ['tapwire config check tapwire.yaml', 'first see whether the configuration is right'],
  ],
  notes: ['Started again it goes on where it stopped: nothing is lost, and nothing is reported twice.'],
  async run(args: Args, io: Io): Promise<number> {
    if (args.positionals.length > 0)
      throw new Usage(
        `run takes no arguments, got ${args.positionals.join(' ')}: files are named in the configuration (producers), or use 'tapwire read'`,
      )
    const { runNode } = await import('../run/command.ts') // loads the log's native store: only when needed
    return runNode(args.text('config') ?? 'tapwire.yaml', null, io)
  },
}
