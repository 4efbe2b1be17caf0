import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open } from 'lmdb'
import { openRoom } from '#infra/bus/embedded/room.ts'
import { Usage } from '#schemas/contracts/errors.ts'

type Table = Database<Buffer, Buffer>

export interface Tables {
  readonly log: Table
  readonly live: Table
  readonly meta: Table
  /** Runs `change` in one write transaction: all of it is stored when this returns, or nothing when it throws. */
  transact<T>(change: () => T): T
  /** Runs `look` on the newest state, also of what other threads have just written. */
  read<T>(look: () => T): T
  /**
   * In a transaction, before its first change: room on the disk for all pages it may write. `exactly` may be dearer to
   * compute and is asked only when the disk is nearly full. Throws `LogFull`.
   */
  reserve(atMost: number, exactly?: () => number): void
  /** Bytes of the file up to the last used page. Never shrinks; deleted space inside is used again. */
  fileBytes(): number
  close(): Promise<void>
}

/**
 * What an accepted record survives. `power`: the failure of the machine; a commit returns after its pages and then the
 * new root were flushed to the disk (fdatasync, then a synchronous write). `process`: the death of the process; a commit
 * returns when the operating system has it, and after a failure of the machine the store cannot be trusted at all.
 */
export type Durability = 'power' | 'process'

export interface TableOptions {
  readonly directory: string
  readonly readOnly: boolean
  readonly durability: Durability
  /** Address space to reserve for the store: more than it will ever need, costs nothing until used. */
  readonly mapBytes: number
}

/** Name of the store's file in its directory. */
export const FILE = 'log.mdb'
const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const

/** The three LMDB tables of a store (keys.ts). Throws `Usage` when a reader finds no store. */
export function openTables(options: TableOptions): Tables {
  const path = join(options.directory, FILE)
  if (options.readOnly && !existsSync(path)) throw new Usage(`no log in ${options.directory}`)
  const root = open({
    path,
    noSubdir: true,
    readOnly: options.readOnly,
    noSync: options.durability === 'process',
    // lmdb-js would flush after the commit is visible; an acknowledged commit must be flushed before.
    overlappingSync: false,
    mapSize: options.mapBytes,
    maxDbs: 3,
    ...BINARY,
  })
  const table = (name: string): Table => root.openDB<Buffer, Buffer>({ name, ...BINARY })
  const [log, live, meta] = [table('log'), table('live'), table('meta')]
  if (log === undefined || live === undefined || meta === undefined) throw new Usage(`no log in ${options.directory}`)
  const room = openRoom(options.directory, path)
  return {
    log,
    live,
    meta,
    transact: change => transact(meta, change),
    read: look => {
      // lmdb-js keeps one snapshot per turn of the event loop; another thread may have written since.
      meta.resetReadTxn()
      return look()
    },
    reserve: (atMost, exactly = () => atMost) => {
      if (!room.isPlenty(atMost)) room.make(usedBytes(meta), exactly())
    },
    fileBytes: () => usedBytes(meta),
    close: async () => {
      await root.close()
      room[Symbol.dispose]()
    },
  }
}

function usedBytes(table: Table): number {
  const { lastPageNumber, root } = table.getStats() as { lastPageNumber: number; root: { pageSize: number } }
  return (lastPageNumber + 1) * root.pageSize
}

function transact<T>(table: Table, change: () => T): T {
  const done: { result?: T } = {}
  // lmdb-js keeps the transaction open when the callback returns something like a promise, which its own `put` does.
  table.transactionSync(() => {
    done.result = change()
  })
  return done.result as T
}
