import { Usage } from '#schemas/contracts/errors.ts'
import type { Args, Command, Io } from '../command.ts'
import { rolesOf } from '../run/roles.ts'

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
    role: {
      type: 'string',
      value: 'ROLES',
      describe: 'Of capture, process, sink; comma-separated (default: all). Any number of processes on one Kafka',
    },
  },
  examples: [
    ['tapwire run --config tapwire.yaml', 'until Ctrl-C, or until all capture files are processed and delivered'],
    ['tapwire run --role process', 'one of several processes that share the partitions of a Kafka cluster'],
    ['tapwire config check tapwire.yaml', 'first see whether the configuration is right'],
  ],
  notes: ['Started again it goes on where it stopped: nothing is lost, and nothing is reported twice.'],
  async run(args: Args, io: Io): Promise<number> {
    if (args.positionals.length > 0)
      throw new Usage(
        `run takes no arguments, got ${args.positionals.join(' ')}: files are named in the configuration (producers), or use 'tapwire read'`,
      )
    const roles = rolesOf(args.text('role'))
    const { runNode } = await import('../run/command.ts') // loads the log's native store: only when needed
    return runNode(args.text('config') ?? 'tapwire.yaml', null, io, roles)
  },
}
