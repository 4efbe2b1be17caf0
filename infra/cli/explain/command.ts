/** `read --explain`: the command around run.ts. */
import { Refused, Usage } from '#schemas/contracts/errors.ts'
import type { Args, Io } from '../command.ts'
import { loadComponents } from '../components.ts'
import { readSettings } from '../config.ts'
import { OFFLINE_HASH_KEY } from '../flow-hash-key.ts'
import { chainFactory } from '../pipeline.ts'
import { explain } from './run.ts'
import { parseSelection } from './selection.ts'
import { TOLD } from './told.ts'

/** Between two looks at what came out: little, so that the text begins soon. */
const BATCH_BYTES = 256 * 1024

/** Exit code 1 when the capture has nothing of the kind, or could not be read to its end. */
export async function runExplain(what: string, args: Args, io: Io): Promise<number> {
  const [file, ...more] = args.positionals
  if (file === undefined || more.length > 0) throw new Usage('--explain looks at one capture: name one')
  const selection = parseSelection(what)
  if (file === '-' && selection.kind === 'connection')
    throw new Usage('--explain looks for an id first and then reads again: give it a file, not -')
  const components = await loadComponents()
  const { root, processors, warnings } = readSettings(components, args.text('config'), io.cwd, io.env)
  for (const warning of warnings) io.stderr.write(`tapwire: warning: ${warning}\n`)
  const spec = components.producers.get('pcap-file')!
  const host = {
    sensor: root.sensor,
    partitions: 1,
    flowHashKey: OFFLINE_HASH_KEY,
    position: null,
    batchBytes: BATCH_BYTES,
    directory: io.cwd,
    stdin: io.stdin,
    wire: root.capture,
  }
  try {
    const explained = await explain(selection, {
      open: trace => spec.open(spec.config.parse({ path: file }), trace === null ? host : { ...host, trace }),
      chain: chainFactory(components, processors, TOLD),
      write: text => new Promise(resolve => io.stdout.write(text, () => resolve())),
      signal: io.signal,
    })
    if (explained > 0) return 0
    io.stderr.write(`tapwire: ${file} has nothing that --explain ${what} names\n`)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    io.stderr.write(`tapwire: ${error.message}\n`)
  }
  return 1
}
