/** The agent or the node dies: no probe stays, the workload goes on, and what is captured afterwards is right. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { scratch } from '../tapwire.ts'
import { ask, curl, opened, stream } from './clients.ts'
import { capture, ready } from './node.ts'
import { serve } from './servers.ts'

/** No other nginx of this machine. */
const serverAt = (port: number): object => ({ filters: [{ exe: '*/nginx', port }] })

/** Processes of the agent that `pid` has started. */
function agentsOf(pid: number): number[] {
  const found = new Map<number, { parent: number; name: string }>()
  for (const entry of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const [, name, parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${entry}/stat`, 'utf8'))!
      found.set(Number(entry), { parent: Number(parent), name: name! })
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (one: number): boolean => one === pid || (found.has(one) && below(found.get(one)!.parent))
  return [...found.keys()].filter(one => found.get(one)!.name.startsWith('tapwire-agent') && below(one))
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !holds(); tries++) await delay(100)
  assert.equal(holds(), true)
}

const alive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Asks for `/<name>/<n>` on connections of their own until one of them is published. */
async function untilSeen(port: number, name: string, seen: (of: (target: string) => boolean) => Promise<void>) {
  let done = false
  const coming = seen(target => target.startsWith(`/${name}/`)).finally(() => {
    done = true
  })
  for (let n = 0; !done; n++) {
    await curl(`https://127.0.0.1:${port}/${name}/${n}`)
    await delay(100)
  }
  await coming
}

test('the agent is killed: another one goes on, also with connections that were open before', async t => {
  if (!ready(t, 'nginx', 'haproxy', 'curl', 'python3', 'openssl', 'nghttpd')) return
  const folder = scratch(t)
  const { nginx } = await serve(t, folder)
  const kept = await opened(nginx)
  await ask(kept, '/before/the/node')
  const session = connect(`https://127.0.0.1:${nginx}`, { rejectUnauthorized: false })
  await stream(session, '/before/the/node/h2')
  const { exchanges, ended } = await capture(folder, serverAt(nginx), async ({ child, seen }) => {
    await untilSeen(nginx, 'first', of => seen(of, 1))
    await ask(kept, '/kept/1')
    // One frame in the middle of something is no proof that it is HTTP/2.
    for (const more of ['', '/a', '/b']) await stream(session, `/kept/h2/1${more}`)
    await seen(target => /^\/kept\/(h2\/)?1$/.test(target), 2)
    const [agent] = agentsOf(child.pid!)
    process.kill(agent!, 'SIGKILL')
    await until(() => !alive(agent!))
    await ask(kept, '/while/nobody/looks')
    await untilSeen(nginx, 'second', of => seen(of, 1))
    await ask(kept, '/kept/2')
    for (const more of ['', '/a', '/b']) await stream(session, `/kept/h2/2${more}`)
    await seen(target => /^\/kept\/(h2\/)?2$/.test(target), 2)
    kept.end()
    session.close()
  })
  assert.match(ended.stderr, /the agent ended \(signal SIGKILL\), another one goes on/)
  const targets = new Set(exchanges.map(({ request }) => request.target))
  assert.equal(
    [...targets].some(target => target.startsWith('/before/')),
    false,
  )
  assert.equal(exchanges.length, targets.size, 'each once')
  for (const { request, response } of exchanges) {
    assert.equal(
      Buffer.from(response?.body ?? []).toString(),
      `nginx ${request.target}\n`,
      'the answer to this request',
    )
  }
})

test('the node is killed: so is its agent, and the servers go on', async t => {
  if (!ready(t, 'nginx', 'haproxy', 'curl', 'python3', 'openssl', 'nghttpd')) return
  const folder = scratch(t)
  const { nginx } = await serve(t, folder)
  let agent = 0
  const { ended } = await capture(folder, serverAt(nginx), async ({ child, seen }) => {
    await untilSeen(nginx, 'first', of => seen(of, 1))
    agent = agentsOf(child.pid!)[0]!
    child.kill('SIGKILL')
  })
  assert.equal(ended.signal, 'SIGKILL')
  await until(() => !alive(agent))
  assert.equal(await curl(`https://127.0.0.1:${nginx}/after`), 'nginx /after\n')
})
