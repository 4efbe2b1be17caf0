/**
 * Live capture against `tcpdump -w` on the same traffic at the same time: packets, drops, CPU, and the exchanges that
 * `tapwire read` finds in tcpdump's file but live capture has not.
 *
 *   node test/bench/live.bench.ts [--rate N] [--seconds N] [--engine cap|tcpdump] [--path loopback|veth|vxlan]
 *                                 [--node] [--goreplay PROGRAM]
 *
 * --node: a whole node, which decodes, writes its log and a sink meanwhile; else capture alone, decoded afterwards.
 * --goreplay: it watches, too.
 *
 * nginx, wrk and everything that watches share this machine's cores: the rate that is reached is printed. Needs root.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '#infra/cli/components.ts'
import { type Network, openNetwork } from '#test/driver/network.ts'
import { type Cost, costOf } from './live/cost.ts'
import { answered, CaptureOnly, GoReplay, type Saw, Tapwire, Tcpdump, type Watch } from './live/recorders.ts'
import { absent, load, PORT, portTaken, Web } from './live/traffic.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', multiple: true, default: ['10000', '50000'] },
    seconds: { type: 'string', default: '5' },
    engine: { type: 'string', multiple: true, default: ['cap', 'tcpdump'] },
    path: { type: 'string', multiple: true, default: ['loopback', 'veth', 'vxlan'] },
    node: { type: 'boolean', default: false },
    goreplay: { type: 'string' },
  },
})

interface Path {
  readonly device: string
  readonly address: string
  readonly filter: string
  readonly network: Network | null
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const count = (value: number): string => Math.round(value).toLocaleString('en')

function pathOf(name: string): Path | null {
  const filter = `tcp port ${PORT}`
  if (name === 'loopback') return { device: 'lo', address: '127.0.0.1', filter, network: null }
  const network = openNetwork(9)
  if (network === null) return null
  const { device, here } = network
  if (name === 'veth') return { device, address: here, filter, network }
  const address = network.vxlan(7)
  return address === null ? null : { device, address, filter: 'udp port 4789', network }
}

function offline(file: string): Promise<ReadonlySet<string>> {
  const args = [join(ROOT, 'infra', 'tapwire'), 'read', '--only', 'exchange', file]
  return answered(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout)
}

/** CPU of a core while there was traffic; of the engine apart. */
function shares(before: Cost, after: Cost, seconds: number): string {
  const share = (cpu: number): string => `${((100 * cpu) / seconds).toFixed(0)} %`
  const own = share(after.own - before.own)
  return after.children > 0 ? `${own} + engine ${share(after.children - before.children)}` : own
}

function show(who: string, { packets, dropped }: Saw, cpu: string): void {
  say(`  ${who.padEnd(22)} ${count(packets).padStart(9)} packets, ${count(dropped).padStart(7)} dropped, CPU ${cpu}`)
}

async function measure(name: string, engine: string, rate: number, folder: string): Promise<void> {
  const path = pathOf(name)
  if (path === null) return say(`${name}: skipped, this kernel or user cannot make that network`)
  using _network = path.network
  await using _web = await Web.start(folder)
  const watch: Watch = { device: path.device, filter: path.filter, folder }
  using tcpdump = new Tcpdump(watch)
  using tapwire = values.node ? new Tapwire(watch, engine) : new CaptureOnly(watch, engine)
  using goreplay = values.goreplay === undefined ? null : new GoReplay(values.goreplay, path.address, folder)
  const watchers = [tcpdump, tapwire, ...(goreplay === null ? [] : [goreplay])]
  for (const watcher of watchers) await watcher.started()
  const before = watchers.map(({ pid }) => costOf(pid))

  const seconds = Number(values.seconds)
  const where = path.network?.inside.bind(path.network) ?? ((program, ...args) => [program, ...args] as const)
  const reached = await load(folder, { address: path.address, rate, seconds, where })
  const cpu = watchers.map(({ pid }, i) => shares(before[i]!, costOf(pid), seconds))
  const [theirs, ours] = await Promise.all([tcpdump.stop(), tapwire.stop(), goreplay?.stop()])

  const [inFile, live] = [await offline(tcpdump.file), await tapwire.answered()]
  const missing = [...inFile].filter(target => !live.has(target)).length
  const more = [...live].filter(target => !inFile.has(target)).length
  say(`\n${name}, engine ${engine}: ${count(reached)} requests a second for ${seconds} s`)
  show('tcpdump -w', theirs, cpu[0]!)
  show(`tapwire (${engine})`, ours, cpu[1]!)
  say(
    `  exchanges              ${count(inFile.size)} in tcpdump's file, ${count(live.size)} live; missing live ${count(missing)}, only live ${count(more)}`,
  )
  if (goreplay === null) return
  const { requests, responses } = goreplay.found()
  const lost = [...inFile].filter(target => !requests.has(target)).length
  say(
    `  goreplay               ${count(requests.size)} requests, ${count(responses)} responses; missing ${count(lost)}; CPU ${cpu[2]!}`,
  )
}

async function main(): Promise<void> {
  const lacking = absent()
  if (lacking.length > 0) return say(`skipped: needs ${lacking.join(', ')} (npm run setup)`)
  if (portTaken()) return say(`skipped: something listens on port ${PORT}`)
  say(`${availableParallelism()} cores for nginx, wrk and everything that watches`)
  for (const name of values.path)
    for (const rate of values.rate)
      for (const engine of values.engine) {
        const folder = mkdtempSync(join(tmpdir(), 'tapwire-live-'))
        try {
          mkdirSync(join(folder, 'logs'))
          await measure(name, engine, Number(rate), folder)
        } finally {
          rmSync(folder, { recursive: true })
        }
      }
}

await main()
