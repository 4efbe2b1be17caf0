/** The agent as a process: a few lines of Node stand for it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { AgentProcess } from './agent-process.ts'

const SIGNAL = new AbortController().signal
const start = (script: string): AgentProcess => new AgentProcess({ program: process.execPath, args: ['-e', script] })

/** Everything it says until it is over, or until that is `until`. */
async function heard(agent: AgentProcess, until?: string): Promise<string> {
  let text = ''
  while (!agent.over && text !== until) {
    text += agent.read()?.toString() ?? ''
    await agent.wait(50, SIGNAL)
  }
  return text
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('lines go in, bytes come out', async () => {
  await using agent = start(`process.stdin.on('data', text => process.stdout.write('[' + text + ']'))`)
  agent.say(['default both', 'apply'])
  assert.equal(await heard(agent, '[default both\napply\n]'), '[default both\napply\n]')
})

test('what it wrote before it ended is read, and its words are kept', async () => {
  await using agent = start(`process.stdout.write('last'); console.error('libbpf: no'); process.exitCode = 3`)
  assert.equal(await heard(agent), 'last')
  assert.equal(agent.words, 'exit status 3; libbpf: no')
})

test('a program that does not exist', async () => {
  await using agent = new AgentProcess({ program: '/nonexistent/agent', args: [] })
  await heard(agent)
  assert.match(agent.words, /ENOENT/)
})

test('it is asked to stop, and its input ends', async () => {
  const agent = start(`
    let text = ''
    process.stdin.on('data', some => (text += some)).on('end', () => { console.error('told ' + text.trim()) })
    process.stdout.write('ready')`)
  await heard(agent, 'ready')
  await agent[Symbol.asyncDispose]()
  assert.equal(agent.words, 'exit status 0; told stop')
})

test('it stops although nobody reads what it writes', async () => {
  const agent = start(`
    const { writeSync } = require('node:fs')
    process.stdin.on('end', () => process.exit(0)).resume()
    process.stdout.write('x'.repeat(1 << 20))`)
  await agent.wait(5000, SIGNAL)
  await agent[Symbol.asyncDispose]()
  assert.equal(agent.over || agent.words.includes('exit status 0'), true)
})

test('when the node is killed, its agent sees its input end', async () => {
  const module = JSON.stringify(new URL('agent-process.ts', import.meta.url).href)
  const script = `process.stdin.on('end', () => process.exit(0)).resume(); process.stdout.write(String(process.pid))`
  const node = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { AgentProcess } = await import(${module})
     const agent = new AgentProcess({ program: process.execPath, args: ['-e', ${JSON.stringify(script)}] })
     const signal = new AbortController().signal
     for (let pid = null; pid === null; pid = agent.read()) await agent.wait(50, signal), pid = agent.read(), pid && console.log(String(pid))
     await new Promise(() => setInterval(() => {}, 1000))`,
  ])
  const [text] = await once(node.stdout, 'data')
  const pid = Number(text)
  assert.equal(alive(pid), true)
  node.kill('SIGKILL')
  await once(node, 'close')
  for (let i = 0; i < 100 && alive(pid); i++) await new Promise(resolve => setTimeout(resolve, 50))
  assert.equal(alive(pid), false)
})
