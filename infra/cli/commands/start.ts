import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Args, Command, Io } from '../command.ts'
import { ROOT } from '../components.ts'

const CONFIG = join(ROOT, 'infra', 'sample', 'tapwire.yaml')
/** As in that configuration. */
const DATA = join(ROOT, '.tapwire', 'sample')

export const start: Command = {
  name: 'start',
  positionals: '',
  summary: 'Run the bundled sample: real traffic into the log, through all processors, to a log file',
  flags: {
    fresh: { type: 'boolean', describe: 'Start over: forget what was processed before' },
  },
  examples: [
    ['tapwire start', 'what npm start does'],
    ['tapwire start --fresh', 'the same from the beginning'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    if (args.is('fresh')) rmSync(DATA, { recursive: true, force: true })
    const { runNode } = await import('../run/command.ts') // loads the log's native store: only when needed
    return runNode(relative(io.cwd, CONFIG), "'npm start -- --fresh'", io)
  },
}
