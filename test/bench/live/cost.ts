/** CPU time of a process and its children that are running, in seconds. */
import { readFileSync } from 'node:fs'

export interface Cost {
  readonly own: number
  readonly children: number
}

export function costOf(pid: number): Cost {
  const children = childrenOf(pid).reduce((sum, child) => {
    const { own, children } = costOf(child)
    return sum + own + children
  }, 0)
  return { own: cpuSeconds(pid), children }
}

function childrenOf(pid: number): readonly number[] {
  const list = read(`/proc/${pid}/task/${pid}/children`).trim()
  return list === '' ? [] : list.split(/\s+/).map(Number)
}

/** utime and stime of all threads, in hundredths; counted from behind the name, which may hold anything. */
function cpuSeconds(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
