/**
 * Law: routes by path decide as NGINX's locations do, also nested and for every spelling of a path. Random locations become the
 * configuration of a real NGINX, which answers each request with the name of the location that took it. What NGINX refuses
 * (400: ".." above the root, a bad escape) is not compared.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { programPath } from '#infra/setup/program.ts'
import { Locations } from '#processors/enrich/routing/locations.ts'
import { plainPath } from '#processors/enrich/routing/plain-path.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { needs } from '#test/needs.ts'

const SERVERS = 12
const REQUESTS = 80
const START_TRIES = 200

interface Written {
  readonly name: string
  readonly path: string
  readonly below: readonly Written[]
}

const PATTERNS = ['^/a', 'b$', '\\.php$', '/a/', 'a', '^/A/b', 'x/?$', '[ab]+/b']
const SEGMENTS = ['a', 'b', 'ab', 'A', 'a.php', 'x']
const SPELLINGS = [
  ...SEGMENTS,
  ...['.', '..', '', '%61', '%2e', '%2E%2e', 'a%2Fb', '%2f', '%41', '.a', '..b', '%3F', 'b%23', '%25', '%c3%a9'],
]

class Random {
  readonly #next: () => number
  #names = 0

  constructor(seed: number) {
    this.#next = mulberry32(seed)
  }

  /** At least one. */
  some<T>(from: readonly T[], most: number): T[] {
    return Array.from(
      { length: 1 + Math.floor(this.#next() * most) },
      () => from[Math.floor(this.#next() * from.length)]!,
    )
  }

  /** Below a beginning, NGINX allows patterns and what begins with it. */
  locations(above: string | null): readonly Written[] {
    const found = new Map<string, Written>()
    for (const modifier of this.some(['', '', '= ', '^~ ', '~ ', '~* '], 8)) {
      const isPattern = modifier.startsWith('~')
      const text = isPattern ? this.some(PATTERNS, 1)[0]! : `${above ?? '/'}${this.some(SEGMENTS, 3).join('/')}`
      const key = `${modifier === '^~ ' ? '' : modifier}${text}`
      if (found.has(key)) continue
      const nests = above === null && modifier === '' && this.#next() < 0.5
      const name = `L${this.#names++}`
      found.set(key, { name, path: `${modifier}${text}`, below: nests ? this.locations(text) : [] })
    }
    return [...found.values()]
  }
}

function nginxOf(locations: readonly Written[]): string {
  return locations
    .map(({ name, path, below }) => {
      const [, modifier, text] = /^(\S+ |)(.*)$/.exec(path)!
      return `location ${modifier}"${text}" { ${nginxOf(below)} return 200 "${name}"; }`
    })
    .join('\n')
}

function oursOf(locations: readonly Written[]): Locations<string> {
  const ours = new Locations<string>()
  for (const { name, path, below } of locations)
    ours.add(path, { value: name, below: below.length === 0 ? null : oursOf(below) })
  return ours
}

/** Status and body of one request, on a connection of its own. */
async function ask(socket: string, path: string): Promise<{ status: string; body: string }> {
  const connection = connect(socket).setEncoding('latin1')
  connection.end(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  let text = ''
  connection.on('data', chunk => {
    text += chunk
  })
  await once(connection, 'close')
  return { status: text.slice(9, 12), body: text.slice(text.indexOf('\r\n\r\n') + 4) }
}

async function answers(socket: string): Promise<void> {
  for (let tries = 0; tries < START_TRIES; tries++) {
    try {
      await ask(socket, '/')
      return
    } catch {
      await sleep(50)
    }
  }
  assert.fail('nginx does not answer')
}

test('a path leads to the location that NGINX finds', async t => {
  if (!needs(t, 'nginx')) return
  const seed = 1
  const random = new Random(seed)
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-nginx-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const servers = Array.from({ length: SERVERS }, () => random.locations(null))
  const socketOf = (i: number): string => join(directory, `${i}.sock`)
  const blocks = servers.map((locations, i) => `server { listen unix:${socketOf(i)}; ${nginxOf(locations)} }`)
  const log = join(directory, 'error.log')
  const config = `daemon off; pid ${directory}/pid; error_log ${log}; events {} http { access_log off; ${blocks.join('\n')} }`
  writeFileSync(join(directory, 'nginx.conf'), config)
  const arguments_ = ['-p', directory, '-e', log, '-c', join(directory, 'nginx.conf')]
  const nginx = spawn(programPath('nginx')!, arguments_, { stdio: 'ignore' })
  t.after(() => nginx.kill())
  let compared = 0
  for (const [i, locations] of servers.entries()) {
    await answers(socketOf(i))
    const ours = oursOf(locations)
    for (let n = 0; n < REQUESTS; n++) {
      const path = `/${random.some(SPELLINGS, 5).join('/')}`
      const { status, body } = await ask(socketOf(i), path)
      if (status === '400') continue
      const found = ours.find('', plainPath(path))?.value ?? null
      assert.equal(found, status === '200' ? body : null, `seed ${seed}, ${path} among ${JSON.stringify(locations)}`)
      compared++
    }
  }
  assert.ok(compared > (SERVERS * REQUESTS) / 2, `${compared} compared`)
})
