import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { agentPresent } from '#infra/setup/ebpf-agent.ts'
import { missing } from '#test/needs.ts'
import { checkAgent, checkProcesses, diagnoseEbpf } from './ebpf.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapwire-doctor-'))
after(() => rmSync(folder, { recursive: true }))

test('an agent that is not built', async () => {
  const { verdict, says } = await checkAgent(join(folder, 'none'))
  assert.deepEqual([verdict, says], ['fail', 'it is not built: npm run setup -- ebpf'])
})

test('an agent that cannot run says why, without control characters', async () => {
  const program = join(folder, 'agent')
  const text = JSON.stringify({ level: 'fatal', text: 'CAP_BPF is missing\u001b[31m: run as root' })
  const frame = Buffer.alloc(24 + text.length)
  frame.writeUInt32LE(20 + text.length)
  frame.writeUInt8(10, 4)
  frame.write(text, 24)
  writeFileSync(program, `#!/bin/sh\nprintf '%s' '${frame.toString('base64')}' | base64 -d; exit 1\n`)
  chmodSync(program, 0o755)
  const { verdict, says } = await checkAgent(program)
  assert.equal(verdict, 'fail')
  assert.match(says, /^CAP_BPF is missing.*: run as root$/)
  assert.equal(says.includes('\u001b'), false)
})

test('processes: a line in all, and one for each that is not seen', () => {
  const one = { pid: 7, name: 'nginx', executable: '/usr/sbin/nginx' }
  const seen = [
    { ...one, tls: { library: 'OpenSSL 3', unseen: null } },
    { ...one, pid: 8, tls: null },
    {
      pid: 9,
      name: 'app',
      executable: '/app\n',
      tls: { library: 'Go (crypto/tls)', unseen: 'no probe: mirror elsewhere' },
    },
  ]
  const lines = checkProcesses({ seen, hidden: 2 }).map(({ check, verdict, says }) => `${check} ${verdict} ${says}`)
  assert.equal(lines[0], 'processes ok 3 with TCP sockets: of 1 the TLS is seen, of 1 it is not')
  assert.match(lines[1]!, /^processes warn 2 may not be looked into/)
  assert.match(
    lines[2]!,
    /^unseen warn process 9 \(app, \/app[^\n]*\): Go \(crypto\/tls\): no probe: mirror elsewhere$/,
  )
  assert.equal(lines.length, 3)
})

test('this machine', async t => {
  if (!agentPresent()) {
    missing(t, 'the eBPF agent is not built (npm run setup builds it)')
    return
  }
  const checks = new Map((await diagnoseEbpf()).map(diagnosis => [diagnosis.check, diagnosis]))
  assert.ok(checks.has('kernel') && checks.has('processes'))
  const { verdict, says } = checks.get('agent')!
  if (verdict === 'ok') assert.match(says, /^version \d+\.\d+\.\d+ on kernel .*openssl/)
})
