/** A whole process, as a user starts it: how long it takes, what it costs, and how much memory it has at most. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Ran {
  readonly seconds: number
  /** CPU time of all its threads: what it costs when others keep the machine busy. 0 where there is no /proc. */
  readonly cpuSeconds: number
  /** Highest resident set, as far as Linux says; 0 elsewhere. */
  readonly peakBytes: number
  /** Lines on stdout, when they were counted. */
  readonly lines: number
}

const LOOK_MS = 20
const LF = 10

/** `count`: read and count the lines of stdout instead of sending them to /dev/null. Throws when it fails. */
export async function runProcess(program: string, args: readonly string[], count = false): Promise<Ran> {
  const started = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', count ? 'pipe' : 'ignore', 'pipe'] })
  let peakBytes = 0
  let cpuSeconds = 0
  let lines = 0
  let errors = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines++
  })
  child.stderr!.on('data', text => {
    errors += text
  })
  const look = setInterval(() => {
    peakBytes = Math.max(peakBytes, highWater(child.pid!))
    cpuSeconds = Math.max(cpuSeconds, cpuTime(child.pid!))
  }, LOOK_MS)
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  clearInterval(look)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${errors}`)
  return { seconds: (performance.now() - started) / 1000, cpuSeconds, peakBytes, lines }
}

/** utime and stime of /proc/<pid>/stat, in hundredths of a second; counted from behind the name, which may hold anything. */
function cpuTime(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}

function highWater(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
