/** May this process capture? */
import { readFileSync } from 'node:fs'

const CAP_NET_RAW = 1n << 13n

/** True with CAP_NET_RAW; elsewhere than on Linux, as root. */
export function captureRight(): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
    return effective !== undefined && (BigInt(`0x${effective}`) & CAP_NET_RAW) !== 0n
  } catch {
    return process.geteuid?.() === 0
  }
}
