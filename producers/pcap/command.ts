/** How each engine is called. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from './engine.ts'
import type { CaptureOptions } from './options.ts'

const CAP_PROCESS = fileURLToPath(new URL('./cap-process.ts', import.meta.url))
const KIB = 1024

export function commandOf(options: CaptureOptions): Command {
  return options.engine === 'cap' ? capCommand(options) : tcpdumpCommand(options)
}

function capCommand({ interface: device, filter, snapLength, bufferBytes }: CaptureOptions): Command {
  const options = JSON.stringify({ interface: device, filter, snapLength, bufferBytes })
  return { program: process.execPath, args: [CAP_PROCESS, options], asked: false }
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
