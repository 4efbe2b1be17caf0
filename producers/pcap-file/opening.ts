/** From a path to the format reader that stands at the next packet. */
import { constants, type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Refused } from '#schemas/contracts/errors.ts'
import type { ProducerHost } from '#schemas/contracts/producer.ts'
import { type ByteSource, FileSource, GunzipSource, PrefixedSource, StreamSource } from './byte-source.ts'
import { Damage, type Format, type FormatState, type Limits } from './format.ts'
import { HEAD, recognize } from './magic.ts'
import { FILE_HEADER, Pcap, readFileHeader } from './pcap.ts'
import { Pcapng } from './pcapng.ts'
import { continues, type Fingerprint, fingerprint, isSought, type Position } from './position.ts'
import { Window } from './window.ts'

/** What messages call `-`. */
const STDIN_NAME = 'standard input'

/** An opened source, before a byte of it was read. */
export interface Opened {
  readonly name: string
  readonly source: ByteSource
  /** Null for streams. */
  readonly file: Fingerprint | null
  /** Where to go on; null at the start of a new source, or of a file that is not the one the position was stored for. */
  readonly position: Position | null
}

/** A source whose format is known. */
export interface Started {
  readonly window: Window
  readonly format: Format
  readonly gzip: boolean
}

/**
 * Opens `path` (`-` is standard input; relative ones start at the host's directory). Throws `Refused('cannot-read')`
 * with one line that says why.
 */
export async function openPath(path: string, host: ProducerHost, position: Position | null): Promise<Opened> {
  if (path === '-') return { name: STDIN_NAME, source: new StreamSource(host.stdin), file: null, position: null }
  const file = await open(resolve(host.directory, path), constants.O_RDONLY).catch(error =>
    Promise.reject(refusal(path, error)),
  )
  try {
    return await opened(path, file, position)
  } catch (error) {
    await file.close()
    throw error
  }
}

async function opened(path: string, file: FileHandle, position: Position | null): Promise<Opened> {
  const stat = await file.stat()
  if (stat.isDirectory()) throw new Refused('cannot-read', `${path}: is a directory; name a capture file in it`)
  if (!stat.isFile()) {
    return { name: path, source: new StreamSource(file.createReadStream()), file: null, position: null }
  }
  const same = position?.file != null && (await continues(file, stat.size, position.file))
  const from = same && isSought(position) ? position.offset : 0
  return {
    name: path,
    source: new FileSource(file, from),
    file: await fingerprint(file, stat.size),
    position: same ? position : null,
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied; run as a user who may read it',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENOTDIR: 'a part of the path is no directory',
}

function refusal(path: string, error: NodeJS.ErrnoException): Refused {
  return new Refused('cannot-read', `${path}: ${WHY[error.code ?? ''] ?? error.message}`, { cause: error })
}

/** Finds out the format, or takes it from the position. Throws `Refused('not-a-capture')`, or `Damage`. */
export async function start(opened: Opened, limits: Limits, signal: AbortSignal): Promise<Started> {
  const { position, source } = opened
  if (position?.format != null && isSought(position)) {
    const window = new Window(source, position.offset)
    return { window, format: formatOf(position.format, limits, position.time), gzip: false }
  }
  const head = await readHead(source, signal)
  const whole = new PrefixedSource(head, source)
  if (recognize(head).kind !== 'gzip') return begin(opened.name, head, whole, limits, false, signal)
  const inflated = new GunzipSource(whole)
  const inner = await readHead(inflated, signal)
  return begin(opened.name, inner, new PrefixedSource(inner, inflated), limits, true, signal)
}

async function begin(
  name: string,
  head: Uint8Array,
  source: ByteSource,
  limits: Limits,
  gzip: boolean,
  signal: AbortSignal,
): Promise<Started> {
  if (head.length === 0) throw new Refused('not-a-capture', `${name}: is empty; hand in a pcap or pcapng capture`)
  const found = recognize(head)
  if (found.kind === 'foreign') throw new Refused('not-a-capture', `${name}: is ${found.what}; ${found.advice}`)
  if (found.kind === 'gzip') throw new Refused('not-a-capture', `${name}: is compressed twice; gunzip it first`)
  const window = new Window(source)
  if (found.kind === 'pcapng') return { window, format: new Pcapng(null, limits, 0), gzip }
  if ((await window.fill(FILE_HEADER, Infinity, signal)) === 'ended') {
    throw new Damage(`cut off in the file header of ${FILE_HEADER} bytes`, window.end)
  }
  return { window, format: new Pcap(readFileHeader(window), limits), gzip }
}

function formatOf(state: FormatState, limits: Limits, time: number): Format {
  return state.kind === 'pcap' ? new Pcap(state, limits) : new Pcapng(state, limits, time)
}

async function readHead(source: ByteSource, signal: AbortSignal): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD)
  let length = 0
  while (length < HEAD) {
    const count = await source.read(head.subarray(length), Infinity, signal)
    if (count === null || count === 0) break
    length += count
  }
  return head.subarray(0, length)
}
