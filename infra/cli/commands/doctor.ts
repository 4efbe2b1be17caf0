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
import { diagnoseEbpf } from '../doctor/ebpf.ts'
import { diagnoseEnvoy, type EnvoyOptions } from '../doctor/envoy/index.ts'
import { checkClock, checkCores, checkMemory, checkNode, checkParts } from '../doctor/machine.ts'
import { checkDirectory, checkPort } from '../doctor/node.ts'

const DEFAULT_CONFIG = 'tapwire.yaml'
/** The longest name of a step with --envoy, and a gap. */
const ENVOY_WIDTH = 'detection'.length + 2

export const doctor: Command = {
  name: 'doctor',
  positionals: '',
  summary: 'Check what Tapwire needs on this machine, and say what to do',
  flags: {
    config: { type: 'string', short: 'c', value: 'FILE', describe: 'Also what this configuration needs' },
    ebpf: {
      type: 'boolean',
      describe: 'Instead: can the eBPF agent work here, and which processes will it not see into',
    },
    envoy: {
      type: 'string',
      value: 'URL',
      describe: 'Send a probe through the proxy at this address, and find it in the log of a running node',
    },
    host: {
      type: 'string',
      value: 'NAME',
      describe: 'With --envoy: the host to ask for, when it is not that of the URL',
    },
    insecure: { type: 'boolean', describe: 'With --envoy: believe any certificate' },
    attack: { type: 'boolean', describe: 'With --envoy: ask for /etc/passwd, and find the detection too' },
    'envoy-admin': {
      type: 'string',
      value: 'URL',
      describe: "With --envoy: Envoy's admin interface, to be asked when nothing arrives",
    },
    wait: { type: 'string', value: 'SECONDS', describe: 'With --envoy: how long to wait for it (default: 15)' },
    json: { type: 'boolean', describe: 'One JSON object per check: check, verdict (ok, warn, fail), says' },
  },
  examples: [
    ['tapwire doctor', 'this machine with the default configuration'],
    ['tapwire doctor --ebpf', 'kernel, rights and agent, and processes whose TLS nobody sees into'],
    ['tapwire doctor --config tapwire.yaml', 'and the log directory and port of this one'],
    [
      'tapwire doctor --config tapwire.yaml --envoy http://10.0.0.1 --host shop.example',
      'does what this gateway mirrors arrive?',
    ],
    [`tapwire doctor --json | jq 'select(.verdict != "ok")'`, 'what is not well'],
  ],
  notes: ['Exit code 1 when a check failed; warnings are no failure.'],
  run: runDoctor,
}

async function runDoctor(args: Args, io: Io): Promise<number> {
  if (args.positionals.length > 0) throw new Usage("no arguments, only flags: see 'tapwire doctor --help'")
  let failed = false
  const write = (diagnosis: Diagnosis, width: number): void => {
    const { check, verdict, says } = diagnosis
    const line = `${verdict.padEnd(6)}${check.padEnd(width)}${says}`
    io.stdout.write(`${args.is('json') ? JSON.stringify(diagnosis) : line}\n`)
    failed ||= verdict === 'fail'
  }
  const envoy = envoyOptions(args, io)
  if (envoy === null) {
    const diagnoses = args.is('ebpf') ? await diagnoseEbpf() : await diagnose(args.text('config'), io)
    const width = Math.max(...diagnoses.map(({ check }) => check.length)) + 2
    for (const diagnosis of diagnoses) write(diagnosis, width)
  } else {
    const components = await loadComponents()
    const settings = readSettings(components, args.text('config') ?? DEFAULT_CONFIG, io.cwd, io.env)
    for await (const diagnosis of diagnoseEnvoy(settings, components, envoy)) write(diagnosis, ENVOY_WIDTH)
  }
  return failed ? 1 : 0
}

/** Null without --envoy. */
function envoyOptions(args: Args, io: Io): EnvoyOptions | null {
  const text = args.text('envoy')
  if (text === undefined) {
    const lone = ['host', 'insecure', 'attack', 'envoy-admin', 'wait'].find(
      flag => args.is(flag) || args.text(flag) !== undefined,
    )
    if (lone !== undefined) throw new Usage(`--${lone} goes with --envoy: see 'tapwire doctor --help'`)
    return null
  }
  const seconds = Number(args.text('wait') ?? 15)
  if (!(seconds > 0 && seconds <= 3600)) throw new Usage('--wait: expected seconds, 1 to 3600')
  return {
    url: httpUrl('envoy', text),
    host: args.text('host'),
    insecure: args.is('insecure'),
    attack: args.is('attack'),
    admin: args.text('envoy-admin') === undefined ? undefined : httpUrl('envoy-admin', args.text('envoy-admin')!).href,
    waitMs: seconds * 1000,
    signal: io.signal,
  }
}

function httpUrl(flag: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw new Usage(`--${flag}: expected an address like http://127.0.0.1:8080`)
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
