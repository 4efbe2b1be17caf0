import { statSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { inPlace } from '#infra/setup/installed.js'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Args, Command, Io } from '../command.ts'
import { loadComponents, ROOT } from '../components.ts'
import { readSettings, type Settings } from '../config.ts'
import { captureMeans, checkCapture } from '../doctor/capture.ts'
import { type Diagnosis, fail, ok, warn } from '../doctor/check.ts'
import { checkClock, checkCores, checkMemory, checkNode, checkParts } from '../doctor/machine.ts'
import { checkDirectory, checkPort } from '../doctor/node.ts'

export const doctor: Command = {
  name: 'doctor',
  positionals: '',
  summary: 'Check what Tapwire needs on this machine, and say what to do',
  flags: {
    config: { type: 'string', short: 'c', value: 'FILE', describe: 'Also what this configuration needs' },
    json: { type: 'boolean', describe: 'One JSON object per check: check, verdict (ok, warn, fail), says' },
  },
  examples: [
    ['tapwire doctor', 'this machine with the default configuration'],
    ['tapwire doctor --config tapwire.yaml', 'and the log directory and port of this one'],
    [`tapwire doctor --json | jq 'select(.verdict != "ok")'`, 'what is not well'],
  ],
  notes: ['Exit code 1 when a check failed; warnings are no failure.'],
  run: runDoctor,
}

async function runDoctor(args: Args, io: Io): Promise<number> {
  if (args.positionals.length > 0) throw new Usage("no arguments, only flags: see 'tapwire doctor --help'")
  const diagnoses = await diagnose(args.text('config'), io)
  const width = Math.max(...diagnoses.map(({ check }) => check.length)) + 2
  for (const diagnosis of diagnoses) {
    const { check, verdict, says } = diagnosis
    io.stdout.write(
      args.is('json') ? `${JSON.stringify(diagnosis)}\n` : `${verdict.padEnd(6)}${check.padEnd(width)}${says}\n`,
    )
  }
  return diagnoses.some(({ verdict }) => verdict === 'fail') ? 1 : 0
}

async function diagnose(file: string | undefined, io: Io): Promise<readonly Diagnosis[]> {
  const limit = process.constrainedMemory()
  return [
    checkNode(process.versions.node),
    checkDependencies(),
    await checkStore(),
    ...(await checkNodeUnder(file, io)),
    checkClock(Date.now(), statSync(join(ROOT, 'package.json')).mtimeMs),
    checkCores(availableParallelism()),
    checkMemory(limit > 0 ? Math.min(limit, totalmem()) : totalmem()),
    checkCapture(await captureMeans()),
    ...checkParts(),
  ]
}

function checkDependencies(): Diagnosis {
  if (inPlace(ROOT)) return ok('dependencies', 'as the lock file says')
  return fail('dependencies', `node_modules is not what the lock file says: npm ci in ${ROOT}`)
}

async function checkStore(): Promise<Diagnosis> {
  try {
    await import('#infra/bus/embedded/index.ts')
    return ok('lmdb', 'loads')
  } catch (error) {
    const [first] = (error as Error).message.split('\n')
    return fail('lmdb', `does not load (${first}): npm rebuild lmdb, or use log.kind memory`)
  }
}

/** The configuration, and what a node needs under it. */
async function checkNodeUnder(file: string | undefined, io: Io): Promise<readonly Diagnosis[]> {
  const components = await loadComponents()
  let settings: Settings
  try {
    settings = readSettings(components, file, io.cwd, io.env)
  } catch (error) {
    if (!(error instanceof Usage)) throw error
    return [fail('config', error.message)]
  }
  const { root, warnings, directory } = settings
  const { log, telemetry } = root
  return [
    ...(file === undefined ? [] : [ok('config', `${file} is valid`)]),
    ...warnings.map(warning => warn('config', warning)),
    ...(log.kind === 'embedded' ? checkDirectory(resolve(directory, log.directory), log.reserveBytes) : []),
    await checkPort(telemetry.listen),
    ...(telemetry.healthListen === undefined ? [] : [await checkPort(telemetry.healthListen)]),
  ]
}
