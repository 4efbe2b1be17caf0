/**
 * The engine `cap`, a process of its own: `node cap-process.ts OPTIONS` captures through the package cap until it is killed
 * or its standard input ends, and writes a pcap stream. It behaves as `tcpdump -U -w -` does, words included.
 *
 * Not in the node's own process, because of three traits of cap 0.2.1: it hands over packets in a loop that ends only when
 * none is waiting (at high rates no timer and no socket gets a turn meanwhile), its assertion kills the process when the
 * interface goes away, and it can be loaded into a main thread only.
 */
import { writeSync } from 'node:fs'
import { WallClock } from '#schemas/wire/wall-clock.ts'
import { Outlet } from './cap-writer.ts'
import { packetSockets, reportKernelDrops } from './kernel-drops.ts'
import { loadCap } from './load-cap.ts'
import { type CaptureOptions, LONGEST_CAP_FRAME, LONGEST_FRAME } from './options.ts'
import { PcapWriter } from './pcap-writer.ts'

const STDERR = 2
const FLUSH_MS = 10
/** cap's names of link types, and their numbers in a file. */
const LINKTYPES: ReadonlyMap<string, number> = new Map([
  ['NULL', 0],
  ['ETHERNET', 1],
  ['RAW', 101],
  ['LINKTYPE_LINUX_SLL', 113],
  ['IEEE802_11_RADIO', 127],
])

function linktypeOf(name: string): number {
  return LINKTYPES.get(name) ?? Number(/^Unknown linktype (\d+)$/.exec(name)?.[1] ?? -1)
}

function say(line: string): void {
  writeSync(STDERR, `${line}\n`)
}

async function main(options: Pick<CaptureOptions, 'interface' | 'filter' | 'snapLength' | 'bufferBytes'>) {
  const addon = await loadCap()
  if ('missing' in addon) {
    say(`no cap: ${addon.missing}`)
    return 1
  }
  const frame = Buffer.alloc(Math.min(options.snapLength, LONGEST_CAP_FRAME))
  const cap = addon.open()
  const before = packetSockets()
  const linktype = linktypeOf(cap.open(options.interface, options.filter, options.bufferBytes, frame))
  const outlet = new Outlet(options.bufferBytes, error => {
    say(`cannot write: ${error.message}`)
    process.exit(1)
  })
  const writer = new PcapWriter(linktype, bytes => outlet.put(bytes))
  writer.flush()
  const clock = new WallClock()
  let flushed = clock.now()
  const flush = (time: number): void => {
    writer.flush()
    clock.follow()
    flushed = time
  }
  cap.on('packet', (length, truncated) => {
    const time = clock.now()
    // cap says neither how long a cut frame was nor when it came: the headers inside know the first.
    const cut = truncated || length === LONGEST_CAP_FRAME
    writer.add(frame, length, cut ? LONGEST_FRAME : length, time)
    if (time - flushed >= FLUSH_MS * 1000) flush(time)
  })
  setInterval(() => flush(clock.now()), FLUSH_MS)
  for (const socket of packetSockets()) if (!before.has(socket)) reportKernelDrops(socket)
  say(`listening on ${options.interface}`)
  await new Promise(resolve => process.stdin.on('end', resolve).on('error', resolve).resume())
  return 0
}

try {
  process.exit(await main(JSON.parse(process.argv[2] ?? '{}')))
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
