/** The network interfaces of this machine, and what they lost before any capture could see it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { ANY } from './options.ts'

const LINUX = '/sys/class/net'
/** Received by the card, but never handed to the kernel: the same two that libpcap adds up. */
const LOST = ['rx_missed_errors', 'rx_fifo_errors']

export function interfaceNames(): readonly string[] {
  const names = existsSync(LINUX) ? readdirSync(LINUX) : Object.keys(networkInterfaces())
  return names.toSorted()
}

export function interfaceExists(name: string): boolean {
  return name === ANY || interfaceNames().includes(name)
}

/** Packets lost by the card since it exists; 0 where nobody counts. */
export function lostByInterface(name: string): number {
  return LOST.reduce((sum, counter) => sum + counterOf(join(LINUX, name, 'statistics', counter)), 0)
}

function counterOf(file: string): number {
  try {
    return Number(readFileSync(file, 'latin1'))
  } catch {
    return 0
  }
}
