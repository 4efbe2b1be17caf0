/**
 * `tapwire read --only exchange FILE >/dev/null` with one core and with two, and what the machine itself gives: two
 * processes of one core each, at once, slow each other down where they share memory and cache.
 *
 *   node test/bench/cores.bench.ts [FILE]        or TAPWIRE_LOAD=FILE infra/tapwire bench cores
 *
 * Rounds alternate, because other load on the machine comes and goes: medians count, and CPU time more than wall time.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '#infra/cli/components.ts'
import { programPath } from '#infra/setup/program.ts'
import { loadCapture } from './load/capture.ts'
import { type Ran, runProcess } from './load/process.ts'

const ROUNDS = 6

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** On these cores where taskset exists; otherwise with as many workers on any. */
function read(file: string, cores: readonly number[]): Promise<Ran> {
  const command = ['read', '--only', 'exchange', '--workers', String(cores.length), file]
  const args = [join(ROOT, 'infra/tapwire'), ...command]
  const taskset = programPath('taskset')
  if (taskset === null) return runProcess(process.execPath, args)
  return runProcess(taskset, ['-c', cores.join(), process.execPath, ...args])
}

/** Of what ran at once, as one. */
function together(ran: readonly Ran[]): Ran {
  const sum = (of: (one: Ran) => number): number => ran.reduce((total, one) => total + of(one), 0)
  return {
    seconds: Math.max(...ran.map(one => one.seconds)),
    cpuSeconds: sum(one => one.cpuSeconds),
    peakBytes: sum(one => one.peakBytes),
    lines: 0,
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function row(name: string, ran: readonly Ran[]): string {
  const seconds = median(ran.map(one => one.seconds)).toFixed(2)
  const cpu = median(ran.map(one => one.cpuSeconds)).toFixed(2)
  const memory = Math.round(Math.max(...ran.map(one => one.peakBytes)) / 1024 ** 2)
  return `${name.padEnd(32)} ${seconds.padStart(6)} s, ${cpu.padStart(6)} s of CPU, peak ${memory} MiB`
}

async function bench(path: string): Promise<void> {
  const one: Ran[] = []
  const two: Ran[] = []
  const apart: Ran[] = []
  for (let round = 0; round < ROUNDS; round++) {
    one.push(await read(path, [0]))
    two.push(await read(path, [0, 1]))
    apart.push(together(await Promise.all([read(path, [0]), read(path, [1])])))
  }
  const ratio = (of: (round: number) => number): string => median(one.map((_, round) => of(round))).toFixed(2)
  say(`${path}, medians of ${ROUNDS} alternating rounds`)
  say(row('one core', one))
  say(row('two cores', two))
  say(row('two processes of one core each', apart))
  say(`two cores, times one             ${ratio(i => one[i]!.seconds / two[i]!.seconds)}`)
  say(
    `two processes, times one         ${ratio(i => (2 * one[i]!.seconds) / apart[i]!.seconds)}   (the machine's own bound)`,
  )
  say(`CPU time of two cores over one   ${ratio(i => two[i]!.cpuSeconds / one[i]!.cpuSeconds)}`)
}

const capture = loadCapture(process.argv[2] ?? process.env['TAPWIRE_LOAD'])
if ('missing' in capture) say(`skipped: ${capture.missing}`)
else if (availableParallelism() < 2) say('skipped: one core')
else await bench(capture.path)
