/** From a detection back to its packets, and the verdict from them once more. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { needs } from '#test/needs.ts'
import { sampleConfig } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'

interface Line {
  readonly type: string
  readonly id: string
  readonly client: { readonly ip: string }
  readonly connection: { readonly encapsulation: readonly unknown[] }
  readonly origin: unknown
}

/** The sample, run once: nothing here changes its log. */
const folder = mkdtempSync(join(tmpdir(), 'tapwire-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let config = ''
let detections: readonly Line[] = []
before(async () => {
  config = sampleConfig(folder)
  const { code, stderr } = await tapwire(['run', '--config', config])
  assert.equal(code, 0, stderr)
  const lines = readFileSync(join(folder, 'detections.jsonl'), 'utf8').trimEnd().split('\n')
  detections = lines.map(line => JSON.parse(line) as Line).filter(({ type }) => type === 'detection')
  assert.ok(detections.length > 10)
})

/** One detection of each encapsulation. */
function varied(detections: readonly Line[]): readonly Line[] {
  return [...new Map(detections.map(one => [JSON.stringify(one.connection.encapsulation), one])).values()]
}

test('the file holds the conversation: read again it gives the detection, in every field but its origin', async () => {
  for (const detection of varied(detections)) {
    const written = await tapwire(['evidence', '-c', config, detection.id], { cwd: folder })
    assert.equal(written.code, 0, written.stderr)
    assert.match(written.stdout, /^[0-9a-f]{24}\.pcapng: \d+ packets of /)
    const read = await tapwire(['read', '-c', config, '--only', 'detection', join(folder, `${detection.id}.pcapng`)])
    assert.equal(read.stderr, '')
    const again = read.lines<Line>().find(({ id }) => id === detection.id)
    assert.deepEqual({ ...again, origin: null }, { ...detection, origin: null })
  }
})

test('tshark finds nothing wrong with it: no malformed packet, no bad checksum, every packet with its comment', async t => {
  if (!needs(t, 'tshark')) return
  for (const { id } of varied(detections)) {
    const { code } = await tapwire(['evidence', '-c', config, id, '-o', 'e.pcapng'], { cwd: folder })
    assert.equal(code, 0)
    const fields = ['frame.comment', '_ws.malformed', 'ip.checksum.status', 'tcp.checksum.status', '_ws.expert.message']
    const { stdout, status, stderr } = spawnSync(
      'tshark',
      [
        '-r',
        join(folder, 'e.pcapng'),
        ...['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE', '-T', 'fields', '-E', 'separator=|'],
        ...fields.flatMap(field => ['-e', field]),
      ],
      { encoding: 'utf8' },
    )
    assert.equal(status, 0, stderr)
    const rows = stdout.trimEnd().split('\n')
    assert.ok(rows.length > 3)
    for (const row of rows) {
      const [comment, malformed, ip, tcp, expert] = row.split('|')
      assert.match(comment!, /^packet \d+ of .*sample\.pcapng, segments\/\d+ offset \d+$/)
      assert.deepEqual([malformed, ip, tcp], ['', '1', '1'])
      assert.doesNotMatch(expert!, /malformed|bad checksum|retransmission|previous segment/i)
    }
  }
})

test('--exchange-only, standard output', async () => {
  const { id } = detections[0]!
  const whole = await tapwire(['evidence', '-c', config, id, '-o', 'whole.pcapng'], { cwd: folder })
  const part = await tapwire(['evidence', '-c', config, id, '--exchange-only', '-o', 'part.pcapng'], { cwd: folder })
  const packets = (text: string): number => Number(/: (\d+) packets/.exec(text)?.[1])
  assert.ok(packets(part.stdout) >= 2 && packets(part.stdout) < packets(whole.stdout))
  const piped = await tapwire(['evidence', '-c', config, id, '-o', '-'], { cwd: folder })
  assert.equal(piped.stdout, readFileSync(join(folder, 'whole.pcapng')).toString())
})

test('verify confirms every detection, and says what is missing under other settings', async () => {
  for (const { id } of varied(detections)) {
    const { code, stdout } = await tapwire(['verify', '-c', config, id])
    assert.equal(code, 0, stdout)
    assert.match(stdout, new RegExp(`^Confirmed: ${id}, `))
  }
  const behindProxy = detections.find(({ client }) => client.ip === '198.51.100.66')!
  // Without trust in its proxy, the client is another.
  const trustless = join(folder, 'trustless.yaml')
  writeFileSync(trustless, readFileSync(config, 'utf8').replace(/processors:\n {2}enrich:\n(?: {4}.*\n)+/, ''))
  const changed = await tapwire(['verify', '-c', trustless, behindProxy.id, '--json'])
  assert.equal(changed.code, 1)
  const [verdict] = changed.lines<{ confirmed: boolean; differences: { field: string }[] }>()
  assert.equal(verdict!.confirmed, false)
  assert.ok(verdict!.differences.some(({ field }) => field === 'client'))
})

const UNKNOWN = 'aaaaaaaaaaaaaaaaaaaaaaaa'
const BAD: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
  [['evidence', 'nonsense'], 2, /"nonsense" is no id of a detection/],
  [['verify'], 2, /which detection\?/],
  [['verify', UNKNOWN, UNKNOWN], 2, /which detection\?/],
  [['evidence', UNKNOWN], 1, /no detection a{24} is stored/],
  [['verify', UNKNOWN], 1, /no detection a{24} is stored/],
]

test('bad input: one line, and the right exit code', async () => {
  for (const [args, code, says] of BAD) {
    const ended = await tapwire([...args, '-c', config], { cwd: folder })
    assert.equal(ended.code, code, args.join(' '))
    assert.equal(ended.stdout, '')
    assert.match(ended.stderr, says)
    assert.equal(ended.stderr.trimEnd().split('\n').length, 1)
  }
  assert.ok(!existsSync(join(folder, `${UNKNOWN}.pcapng`)))
})

test('without a log it says so', async t => {
  const folder = scratch(t)
  const { code, stderr } = await tapwire(['evidence', '-c', sampleConfig(folder), UNKNOWN], { cwd: folder })
  assert.equal(code, 2)
  assert.match(stderr, /^tapwire: no log in /)
})
