import assert from 'node:assert/strict'
import { appendFileSync, utimesSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Refused } from '#schemas/contracts/errors.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { concat, describedInterface, enhancedPacket, pcap, pcapng, pcapRecord, section } from '#test/driver/captures.ts'
import { fragments } from '#test/driver/fragments.ts'
import { ethernet, ipv4, tcp, text } from '#test/driver/frames.ts'
import spec from './index.ts'
import { drain, frames, host, readAll, readBytes, scratch } from './read-all.test-support.ts'

const FRAMES = frames(['one', 'two', 'three', 'four', 'five', 'six'])
const SECTIONS = concat([
  pcapng(FRAMES.slice(0, 2)),
  section(false),
  describedInterface({ little: false }),
  describedInterface({ little: false, resolution: 9 }),
  ...FRAMES.slice(2).map(frame => enhancedPacket(frame, BigInt(frame.time) * 1000n, 1, false)),
])
/** Fragments of two packets that wait for each other's, between whole ones; of a third the end never comes. */
const [ONE, OTHER, THIRD] = [1, 2, 3].map(id =>
  fragments(ipv4({}, tcp({ seq: 100 + id }, text(`fragment ${'x'.repeat(40)} ${id}`))), id, 40).map(part =>
    ethernet(0x0800, part),
  ),
)
const FRAGMENTS = [
  ONE![0]!,
  FRAMES[0]!.bytes,
  THIRD![0]!,
  OTHER![1]!,
  FRAMES[1]!.bytes,
  ONE![1]!,
  FRAMES[2]!.bytes,
  OTHER![0]!,
].map((bytes, i) => ({ bytes, time: 1_700_000_000_000_000 + i * 300_000 }))
const FILES: Readonly<Record<string, Uint8Array>> = {
  pcap: pcap(FRAMES, { little: false, nanoseconds: true }),
  pcapng: SECTIONS,
  gzip: gzipSync(SECTIONS),
  'a pcap with fragments': pcap(FRAGMENTS),
  'a pcapng with fragments, in gzip': gzipSync(pcapng(FRAGMENTS)),
  'a damaged pcap': pcap(FRAMES).subarray(0, -3),
  'a damaged gzip': gzipSync(SECTIONS).subarray(0, -3),
}

/** Restarts after every `reads` batches, with the position as the log would give it back. */
async function inPieces(path: string, reads: number) {
  const events: string[] = []
  const ledger = new Ledger()
  let position: unknown = null
  for (let restarts = 0; restarts < 100; restarts++) {
    await using producer = await spec.open(spec.config.parse({ path }), host({ batchBytes: 1, position }))
    const outcome = await drain(producer, reads)
    events.push(...outcome.events)
    ledger.merge(outcome.ledger.counts())
    if (outcome.error !== null || outcome.reads.length === 0) return { events, ledger, error: outcome.error, restarts }
    position = structuredClone(outcome.reads.at(-1)!.position)
  }
  throw new Error('does not end')
}

describe('position', () => {
  for (const [name, bytes] of Object.entries(FILES)) {
    for (const reads of [1, 2, 3]) {
      test(`law: ${name}, restarted after every ${reads} batches, is the same as in one go`, async () => {
        using directory = scratch()
        const path = directory.path('a', bytes)
        const whole = await readAll({ path }, { batchBytes: 1 })
        const pieces = await inPieces(path, reads)
        assert.deepEqual(pieces.events, whole.events)
        assert.deepEqual(pieces.ledger.counts(), whole.ledger.counts())
        assert.deepEqual(String(pieces.error), String(whole.error))
        assert.ok(pieces.restarts >= 2)
      })
    }
  }

  test('a position names the frames whose fragments wait, until their packet is whole', async () => {
    using directory = scratch()
    const { reads, events, ledger } = await readAll(
      { path: directory.path('a', FILES['a pcap with fragments']) },
      { batchBytes: 1 },
    )
    const held = reads.map(({ position }) => (position as { held: readonly number[] }).held.join())
    assert.deepEqual(held, ['1', '1', '1,3', '1,3,4', '1,3,4', '3,4', '3,4', '3', ''])
    assert.equal(events.filter(event => event.includes('fragment')).length, 2)
    assert.equal(ledger.get('gap'), THIRD![0]!.length)
  })

  test('a finished file is opened and says at once that there is nothing', async () => {
    using directory = scratch()
    const path = directory.path('a', FILES['pcap'])
    const { reads } = await readAll({ path })
    utimesSync(path, 1, 1)
    const again = await readAll({ path }, { position: reads.at(-1)!.position })
    assert.deepEqual([again.events, again.error, again.reads], [[], null, []])
  })

  test('a file that has grown is gone on with', async () => {
    using directory = scratch()
    const path = directory.path('a', pcap(FRAMES.slice(0, 3)))
    const { reads } = await readAll({ path })
    appendFileSync(path, pcapRecord(FRAMES[3]!))
    const again = await readAll({ path }, { position: reads.at(-1)!.position })
    assert.deepEqual(again.events, ['tick@1700000001000000', '4:four@1700000001200000', 'end@1700000001200000'])
  })

  test('a damaged end that was completed since is gone on with', async () => {
    using directory = scratch()
    const whole = pcap(FRAMES.slice(0, 2))
    const path = directory.path('a', whole.subarray(0, -2))
    const { reads, error } = await readAll({ path })
    assert.ok(error instanceof Refused)
    appendFileSync(path, whole.subarray(-2))
    const again = await readAll({ path }, { position: reads.at(-1)!.position })
    assert.deepEqual([again.events, again.error], [['2:two@1700000000400000', 'end@1700000000400000'], null])
  })

  test('another file of the same name starts over', async () => {
    using directory = scratch()
    const sameStart = frames(['one', 'two', 'eerht', 'four'])
    for (const other of [frames(['eno', 'owt', 'eerht']), sameStart, FRAMES.slice(0, 2)]) {
      const path = directory.path('a', pcap(FRAMES.slice(0, 3)))
      const { reads } = await readAll({ path })
      writeFileSync(path, pcap(other))
      const again = await readAll({ path }, { position: reads.at(-1)!.position })
      assert.equal(again.events.filter(event => /^\d/.test(event)).length, other.length)
    }
  })

  test('standard input has no position to go on from', async () => {
    const first = await readBytes(FILES['pcap']!)
    const again = await readBytes(FILES['pcap']!, { position: first.reads.at(-1)!.position })
    assert.deepEqual(again.events, first.events)
  })

  test('a position of something else is refused', async () => {
    using directory = scratch()
    const path = directory.path('a', FILES['pcap'])
    await assert.rejects(readAll({ path }, { position: { page: 3 } }), { reason: 'bad-position', message: /--fresh/ })
  })

  test('progress ends at the size of the file', async () => {
    using directory = scratch()
    for (const [name, bytes] of Object.entries(FILES)) {
      const path = directory.path(name, bytes)
      await using producer = await spec.open(spec.config.parse({ path }), host())
      assert.deepEqual(producer.progress(), { done: 0, total: bytes.length })
      const { error } = await drain(producer)
      const { done, total } = producer.progress()
      assert.ok(error === null ? done === total : done <= bytes.length && done > 0, `${name}: ${done} of ${total}`)
    }
  })
})
