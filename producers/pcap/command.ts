/** How each engine is called. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from './engine.ts'
import { isLoopback } from './interfaces.ts'
import type { CaptureOptions } from './options.ts'

const CAP_PROCESS = fileURLToPath(new URL('./cap-process.ts', import.meta.url))
const KIB = 1024

export function commandOf(options: CaptureOptions): Command {
  return options.engine === 'cap' ? capCommand(options) : tcpdumpCommand(options)
}

function capCommand({ interface: device, filter, snapLength, bufferBytes }: CaptureOptions): Command {
  const own = isLoopback(device) ? onceOnly(filter) : filter
  const options = JSON.stringify({ interface: device, filter: own, snapLength, bufferBytes })
  return { program: process.execPath, args: [CAP_PROCESS, options], asked: false }
}

/**
 * A packet passes the loopback interface twice, as it leaves and as it arrives. libpcap drops the first after it has taken one
 * of the few places in the kernel's buffer: better the kernel does. (Not for tcpdump, which has room: libpcap 1.10 itself
 * applies a filter to the first packed block, and cannot do this part of it.)
 */
function onceOnly(filter: string): string {
  return filter === '' ? 'inbound' : `(${filter}) and inbound`
}

/**
 * -U: a flush per packet. Its other way, SIGUSR2, flushes inside the signal's handler, where the same buffer may be half
 * written.
 */
function tcpdumpCommand({ interface: device, filter, snapLength, promiscuous, bufferBytes }: CaptureOptions): Command {
  const args = ['-i', device, '-s', `${snapLength}`, '-B', `${Math.ceil(bufferBytes / KIB)}`, '-U', '-w', '-']
  if (!promiscuous) args.push('-p')
  if (filter !== '') args.push('--', filter)
  return { program: tcpdumpPath(), args, asked: true }
}

/** Some systems keep it out of a user's PATH. */
export function tcpdumpPath(): string {
  return ['/usr/sbin/tcpdump', '/usr/local/sbin/tcpdump'].find(existsSync) ?? 'tcpdump'
}
