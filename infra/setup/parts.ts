/** What Tapwire can use of the system, in one table. */
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Part {
  readonly name: string
  readonly purpose: string
  /** Debian packages. */
  readonly packages: readonly string[]
  present(): boolean
}

/** Debian keeps servers (nginx) out of a user's PATH. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
const INCLUDES = ['/usr/include', '/usr/local/include']

/** Where a program is, or null. */
export function programPath(name: string): string | null {
  return FOLDERS.map(folder => join(folder, name)).find(executable) ?? null
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const program = (name: string, purpose: string, packages: readonly string[] = [name]): Part => ({
  name,
  purpose,
  packages,
  present: () => programPath(name) !== null,
})

const header = (name: string, file: string, purpose: string, packages: readonly string[]): Part => ({
  name,
  purpose,
  packages,
  present: () => INCLUDES.some(folder => existsSync(join(folder, file))),
})

export const PARTS: readonly Part[] = [
  program('tshark', 'benchmarks against tshark'),
  program('nginx', 'the load capture of the benchmarks'),
  program('wrk', 'the load capture of the benchmarks'),
  program('tcpdump', 'the load capture of the benchmarks'),
  header('libpcap', 'pcap/pcap.h', 'live capture', ['libpcap-dev']),
]
