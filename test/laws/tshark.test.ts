/**
 * Captures with damage, read by us and by tshark. Every response names its request, so each can be right or wrong. Nobody
 * is ever given another one's response here. What tshark gets right, we get right, but for few: behind a hole, where a
 * client pipelines, we say that pairing is lost, and tshark goes on counting, which is right at times.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { programPath } from '#infra/setup/program.ts'
import { captureOf, type Packet, recordOf } from '#test/driver/packets.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { readFrames, reusableComponents } from '#test/driver/read.ts'
import { needs } from '#test/needs.ts'
import { echoes, type Id, lossy } from './echo.ts'
import { doubled, type Random, reordered } from './traffic.ts'
import { tsharkPairs } from './tshark.ts'

const SEEDS = [1, 2, 3]

const DAMAGE: Readonly<Record<string, (packets: readonly Packet[], random: Random) => readonly Packet[]>> = {
  none: packets => packets,
  reordering: reordered,
  duplication: (packets, random) => doubled(packets, random).packets,
  'loss of 2 %': (packets, random) => lossy(packets, 0.02, random),
  'all three, loss of 5 %': (packets, random) =>
    doubled(reordered(lossy(packets, 0.05, random), random), random).packets,
}

interface Outcome {
  readonly right: ReadonlySet<Id>
  /** Requests with another one's response. */
  readonly wrong: readonly string[]
}

function outcome(pairs: readonly { readonly target: string; readonly server: string | null }[]): Outcome {
  const right = new Set<Id>()
  const wrong: string[] = []
  for (const { target, server } of pairs) {
    const id = /id-[0-9-]+/.exec(target)?.[0]
    if (id === undefined || server === null) continue
    if (id === server) right.add(id as Id)
    else wrong.push(`${id} got ${server}`)
  }
  return { right, wrong }
}

interface ExchangeLine {
  readonly type: string
  readonly request: { readonly target: string }
  readonly response: { readonly headers: readonly (readonly [string, string])[] } | null
  readonly anomalies: readonly string[]
}

const components = await reusableComponents()

function ourPairs(packets: readonly Packet[], message: string) {
  const { lines, report } = readFrames(components, packets.map(recordOf))
  assert.deepEqual(report.errors, [], message)
  const exchanges = lines.map(line => JSON.parse(line) as ExchangeLine).filter(({ type }) => type === 'exchange')
  for (const { request, response, anomalies } of exchanges) {
    const halves = request.target !== '' && response !== null
    assert.ok(halves || anomalies.length > 0, `${message}: ${request.target} has no reason for what it lacks`)
  }
  return exchanges.map(({ request, response }) => ({
    target: request.target,
    server: response?.headers.find(([name]) => name === 'Server')?.[1] ?? null,
  }))
}

for (const [name, damage] of Object.entries(DAMAGE)) {
  test(`as tshark where tshark is right: ${name}`, async t => {
    const program = needs(t, 'tshark') ? programPath('tshark') : null
    if (program === null) return
    const scratch = mkdtempSync(join(tmpdir(), 'tapwire-tshark-'))
    t.after(() => rmSync(scratch, { recursive: true }))
    let [total, ours, theirs, theirWrong, missed] = [0, 0, 0, 0, 0]
    for (const seed of SEEDS) {
      const message = `${name}, seed ${seed}`
      const random = mulberry32(seed)
      const { packets, ids } = echoes(random)
      const captured = damage(packets, random)
      const path = join(scratch, `${seed}.pcap`)
      writeFileSync(path, captureOf(captured))
      const own = outcome(ourPairs(captured, message))
      const tshark = outcome(await tsharkPairs(program, path))
      assert.deepEqual(own.wrong, [], message)
      missed += [...tshark.right].filter(id => !own.right.has(id)).length
      if (name === 'none') assert.equal(own.right.size, ids.length, message)
      total += ids.length
      ours += own.right.size
      theirs += tshark.right.size
      theirWrong += tshark.wrong.length
    }
    assert.ok(theirs > total / 4, `tshark found only ${theirs} of ${total}: it was not asked properly`)
    const share = name.includes('loss') ? 0.03 : 0
    assert.ok(missed <= share * theirs, `${missed} that tshark has right are not paired`)
    t.diagnostic(
      `of ${total} exchanges: ${ours} right, ${missed} not paired that tshark has right; tshark: ${theirs} right, ${theirWrong} with a response of another`,
    )
  })
}
