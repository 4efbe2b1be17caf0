/**
 * A mirror on loopback: how many datagrams one CPU second takes, against a socket that only counts them; and how many are lost
 * when they come at a fixed rate. The sender is another process.
 *
 *   infra/tapwire bench mirror
 */
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { join } from 'node:path'
import { promisify } from 'node:util'
import spec from '#producers/mirror/index.ts'
import { largestBuffer } from '#producers/mirror/socket.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'

const SENDER = join(import.meta.dirname, 'load/udp-sender.ts')
const COUNT = 300_000
const RATES = [25_000, 50_000, 100_000, 150_000]
const SECONDS = 3
const MIB = 1024 ** 2
/** What is still in the buffer when the sender has ended is read within this. */
const REST_MS = 300

interface Receiver {
  readonly port: number
  /** Datagrams so far. */
  count(): number
  close(): Promise<void>
}

async function counter(): Promise<Receiver> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * MIB })
  let received = 0
  socket.on('message', () => received++)
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  return { port, count: () => received, close: () => new Promise(resolve => socket.close(resolve)) }
}

async function mirror(options: object): Promise<Receiver> {
  const config = spec.config.parse({ encapsulation: 'vxlan', listen: '127.0.0.1:0', ...options })
  const producer = await spec.open(config, {
    sensor: 'bench',
    partitions: 8,
    flowHashKey: new Uint8Array(16),
    position: null,
    batchBytes: 2 * MIB,
    directory: '.',
    wire: WIRE_DEFAULTS,
    stdin: process.stdin,
  })
  const stop = new AbortController()
  const reading = (async () => {
    while (!stop.signal.aborted) await producer.read(stop.signal).catch(() => {})
  })()
  return {
    port: producer.port,
    count: () => producer.stats()['packets'] ?? 0,
    close: async () => {
      stop.abort()
      await reading
      await producer[Symbol.asyncDispose]()
    },
  }
}

interface Measured {
  readonly perCpuSecond: number
  /** Datagrams a second that were sent. */
  readonly rate: number
  readonly lost: number
}

async function measure(open: () => Promise<Receiver>, rate: number, count: number): Promise<Measured> {
  const receiver = await open()
  const before = process.cpuUsage()
  const { stdout } = await promisify(execFile)(process.execPath, [
    SENDER,
    String(receiver.port),
    String(rate),
    String(count),
  ])
  await new Promise(resolve => setTimeout(resolve, REST_MS))
  const { user, system } = process.cpuUsage(before)
  const received = receiver.count()
  await receiver.close()
  const [sent, ms] = stdout.split(' ').map(Number) as [number, number]
  return { perCpuSecond: received / ((user + system) / 1e6), rate: sent / (ms / 1000), lost: 1 - received / sent }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const whole = (value: number): string => Math.round(value).toLocaleString('en').padStart(9)

const WAYS: readonly (readonly [name: string, open: () => Promise<Receiver>])[] = [
  ['a socket that counts (baseline)', counter],
  ['mirror, everything', () => mirror({})],
  ['mirror, a VNI', () => mirror({ vnis: [7] })],
  ["mirror, 'tcp port 80'", () => mirror({ filter: 'tcp port 80' })],
  ["mirror, 'tcp port 81' (nothing is taken)", () => mirror({ filter: 'tcp port 81' })],
]

say(`net.core.rmem_max ${largestBuffer() ?? 'unknown'}`)
for (const [, open] of WAYS) await measure(open, 0, COUNT / 10) // compiled before it is measured
let baseline = 0
for (const [name, open] of WAYS) {
  const { perCpuSecond } = await measure(open, 25_000, COUNT / 4)
  baseline ||= perCpuSecond
  say(
    `${name.padEnd(42)} ${whole(perCpuSecond)} datagrams a CPU second, ${(perCpuSecond / baseline).toFixed(2)} of the baseline`,
  )
}
for (const wanted of RATES) {
  const { rate, lost } = await measure(() => mirror({}), wanted, wanted * SECONDS)
  say(`mirror, everything, at ${whole(rate)} a second: ${(100 * lost).toFixed(2)} % lost`)
}
