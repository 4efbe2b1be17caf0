/** What `tapwire evidence` and `tapwire verify` do. */
import { type FileHandle, open } from 'node:fs/promises'
import { arch, release, type as systemType } from 'node:os'
import { resolve } from 'node:path'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { isoTime } from '#schemas/json/time.ts'
import type { Detection } from '#schemas/records/detection.ts'
import { ACK, KIND, PSH, Segment } from '#schemas/records/segment.ts'
import type { Args, Io } from '../command.ts'
import { type Components, loadComponents } from '../components.ts'
import { readSettings, type Settings } from '../config.ts'
import { printable } from '../printable.ts'
import { openStored } from '../replay/stored.ts'
import { type Conversation, locateConversation, piecesOf } from './conversation.ts'
import { checkId, findDetection } from './find.ts'
import { frameOf } from './frame.ts'
import { messageLines } from './messages.ts'
import { type Description, fileHeader, packetBlock } from './pcapng.ts'
import { renderVerdict, verdictOf } from './verdict.ts'

const DEFAULT_CONFIG = 'tapwire.yaml'
/** Payload of one rebuilt packet: with all headers it stays below the 65,535 bytes of an IP packet. Longer ones are cut in pieces. */
const MAX_PAYLOAD = 65_000
const PIECE = 32_768
/** Written at once. */
const CHUNK = 1024 * 1024

export async function runEvidence(args: Args, io: Io): Promise<number> {
  const id = idOf('evidence', args)
  const { settings, components, file } = await configured(args, io)
  await using bus = await openStored(settings, components, 'read')
  const detection = await findDetection(bus, id)
  const conversation = await locateConversation(bus, detection.connection, detection.origin)
  const mirrored = conversation.message !== undefined
  const target = args.text('output') ?? `${id}.${mirrored ? 'jsonl' : 'pcapng'}`
  const out = target === '-' ? null : await openFile(target, io)
  const pieces = mirrored
    ? messageLines(bus, conversation)
    : captureOf(bus, detection, conversation, args.is('exchange-only'))
  const written = await write(pieces, out, io)
  await out?.close()
  const say = (line: string): void => void (out === null ? io.stderr : io.stdout).write(`${line}\n`)
  if (conversation.begin === null)
    io.stderr.write('tapwire: the beginning of the connection is no longer stored: the file begins with what is\n')
  if (mirrored) {
    if (out !== null) say(`${target}: ${written} messages of ${ends(detection)}, as a proxy mirrored them`)
    return 0
  }
  if (out !== null) say(`${target}: ${written - 1} packets of ${ends(detection)}`)
  say(`Read it with: tapwire read --config ${file} ${target}`)
  return 0
}

/** How many pieces were written. `out` null: to standard output. */
async function write(pieces: AsyncIterable<string | Buffer>, out: FileHandle | null, io: Io): Promise<number> {
  let count = 0
  let chunks: Buffer[] = []
  let length = 0
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(chunks)
    chunks = []
    length = 0
    if (out !== null) await out.write(bytes)
    else if (!io.stdout.write(bytes)) await new Promise<void>(resolve => io.stdout.once('drain', resolve))
  }
  for await (const piece of pieces) {
    chunks.push(Buffer.from(piece))
    count++
    length += piece.length
    if (length >= CHUNK) await flush()
  }
  await flush()
  return count
}

export async function runVerify(args: Args, io: Io): Promise<number> {
  const id = idOf('verify', args)
  const { settings, components } = await configured(args, io)
  await using bus = await openStored(settings, components, 'read')
  const detection = await findDetection(bus, id)
  const conversation = await locateConversation(bus, detection.connection, detection.origin)
  const verdict = await verdictOf(bus, components, settings.processors, detection, conversation)
  if (args.is('json')) io.stdout.write(`${JSON.stringify({ id, ...verdict })}\n`)
  else io.stdout.write(renderVerdict(detection, verdict))
  return verdict.confirmed ? 0 : 1
}

interface Configured {
  readonly settings: Settings
  readonly components: Components
  readonly file: string
}

async function configured(args: Args, io: Io): Promise<Configured> {
  const file = args.text('config') ?? DEFAULT_CONFIG
  const components = await loadComponents()
  return { settings: readSettings(components, file, io.cwd, io.env), components, file }
}

function idOf(command: string, { positionals }: Args): string {
  const [id, ...rest] = positionals
  if (id === undefined || rest.length > 0)
    throw new Usage(`which detection? one id, as in its line: see 'tapwire ${command} --help'`)
  checkId(id)
  return id
}

async function openFile(target: string, io: Io) {
  try {
    return await open(resolve(io.cwd, target), 'w')
  } catch (error) {
    throw new Usage(
      `${target}: cannot be written (${(error as NodeJS.ErrnoException).code}): choose another file with -o`,
    )
  }
}

/** A capture file: its header, then packet by packet. */
async function* captureOf(
  bus: Bus,
  detection: Detection,
  conversation: Conversation,
  exchangeOnly: boolean,
): AsyncGenerator<Buffer> {
  yield fileHeader(describe(detection, conversation))
  yield* packetsOf(bus, conversation, exchangeOnly ? detection : null)
}

/** `only`: the packets of this detection's exchange; null: the whole connection as far as it is stored. */
async function* packetsOf(bus: Bus, conversation: Conversation, only: Detection | null): AsyncGenerator<Buffer> {
  const segment = new Segment()
  for await (const { offset, batch, takes } of piecesOf(bus, conversation)) {
    segment.reset(batch)
    while (segment.next()) {
      if (!takes(segment) || segment.kind === KIND.about || (only !== null && !isOf(only, offset, segment))) continue
      const where = `packet ${segment.packet} of ${batch.source}, segments/${conversation.partition} offset ${offset}`
      yield* blocksOf(segment, conversation.identity, where)
    }
  }
}

function isOf({ origin }: Detection, offset: number, { packet }: Segment): boolean {
  const [first, last] = origin.log!.offsets
  const [from, to] = origin.packets
  return offset >= first && offset <= last && packet >= from && packet <= to
}

function* blocksOf(segment: Segment, identity: Uint8Array, where: string): Generator<Buffer> {
  const { payload, kind, dir, seq, ack, window, time } = segment
  // Plaintext from elsewhere than packets has no flags: a plain data packet carries it.
  const flags = kind === KIND.packet ? segment.flags : segment.flags | PSH | ACK
  const fits = payload.length <= MAX_PAYLOAD
  for (let at = 0; at === 0 || at < payload.length; at += fits ? MAX_PAYLOAD : PIECE) {
    const part = fits ? payload : payload.subarray(at, at + PIECE)
    const wireLength = fits ? Math.min(segment.wireLength, MAX_PAYLOAD) : part.length
    const frame = frameOf({ dir, flags, seq: (seq + at) >>> 0, ack, window, payload: part, wireLength }, identity)
    yield packetBlock(frame.bytes, frame.wireLength, time, fits ? where : `${where}, bytes from ${at}`)
  }
}

function describe(detection: Detection, { sensor }: Conversation): Description {
  const { id, rule, point, time, origin, connection } = detection
  return {
    comment: `Detection ${id}: ${rule} at ${point.join('.')}, ${isoTime(time)}. Payload, sequence numbers, flags and times as captured; link addresses, tunnel endpoints, TTL and TCP options are not stored and made up.`,
    hardware: arch(),
    system: `${systemType()} ${release()}`,
    application: 'Tapwire',
    interfaceName: sensor,
    interfaceDescription: `${connection.capture} ${origin.source}`,
  }
}

function ends({ connection: { client, server } }: Detection): string {
  return printable(`${client.ip} port ${client.port} to ${server.ip} port ${server.port}`)
}
