/**
 * How many datagrams the kernel threw away because the receive buffer of a socket was full: the last column of
 * /proc/net/udp and udp6 (proc_pid_net(5)).
 *
 *   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 *   7: 0100007F:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51344 2 0000000000000000 0
 *
 * The address is hexadecimal in the machine's byte order, a word of 32 bits after the other.
 */
import { readdir, readFile, readlink } from 'node:fs/promises'
import { endianness } from 'node:os'
import { readAddress } from '#schemas/config/address.ts'

const ADDRESS_COLUMN = 1
const INODE_COLUMN = 9
const DROPS_COLUMN = 12
const DESCRIPTORS = '/proc/self/fd'

/** The socket of this process that is bound to one address and port. */
export class KernelDrops {
  readonly #table: string
  readonly #address: string
  readonly #inodes: ReadonlySet<string>
  #count = 0

  private constructor(table: string, address: string, inodes: ReadonlySet<string>) {
    this.#table = table
    this.#address = address
    this.#inodes = inodes
  }

  /** Of the socket that is bound now. */
  static async of(address: string, port: number): Promise<KernelDrops> {
    const table = address.includes(':') ? '/proc/net/udp6' : '/proc/net/udp'
    return new KernelDrops(table, localAddress(address, port), await ownSockets())
  }

  /** As of the last `refresh`. Never goes back. */
  get count(): number {
    return this.#count
  }

  /** Never rejects: where there is no such table (another system), the count stays. */
  async refresh(): Promise<void> {
    const table = await readFile(this.#table, 'latin1').catch(() => '')
    this.#count = Math.max(this.#count, parseDrops(table, this.#address, this.#inodes))
  }
}

/** Drops of the sockets with this address whose inode number is in the set. */
export function parseDrops(table: string, address: string, inodes: ReadonlySet<string>): number {
  let drops = 0
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/)
    if (columns[ADDRESS_COLUMN] !== address || !inodes.has(columns[INODE_COLUMN] ?? '')) continue
    drops += Number(columns[DROPS_COLUMN] ?? 0)
  }
  return drops
}

/** As the table writes it. */
export function localAddress(address: string, port: number): string {
  const words = new Uint32Array(4)
  const family = readAddress(address, words)
  const bytes = new DataView(new ArrayBuffer(16))
  const count = family === 4 ? 1 : 4
  for (let i = 0; i < count; i++) bytes.setUint32(4 * i, words[i]!, endianness() === 'LE')
  const hexadecimal = Buffer.from(bytes.buffer, 0, 4 * count).toString('hex')
  return `${hexadecimal}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
}

/** Inode numbers of the sockets that this process has open. */
async function ownSockets(): Promise<ReadonlySet<string>> {
  const names = await readdir(DESCRIPTORS).catch(() => [])
  const links = await Promise.all(names.map(name => readlink(`${DESCRIPTORS}/${name}`).catch(() => '')))
  return new Set(links.flatMap(link => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}
