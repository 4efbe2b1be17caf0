/** Bad input: each gives one clear line, with the place, and the right exit code. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { SAMPLE } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'empty.pcap': '',
  'picture.jpg': Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb0043000806060706', 'hex'),
  'short.pcap': Buffer.from('d4c3b2a1020004000000', 'hex'),
  'type.yaml': 'producers:\n  - type: pcap-file\n    path: a.pcap\n    speed: fast\n',
  'key.yaml': 'sensor: a\nproducer: []\n',
  'cidr.yaml':
    'processors:\n  enrich:\n    proxy_headers:\n      - trusted_networks: [10.0.0.0/33]\n        real_ip: [X-Forwarded-For]\n',
  'nothing.yaml': 'sensor: a\n',
  'broken.yaml': 'sensor: [a\n',
}

const CASES: readonly {
  readonly name: string
  readonly args: readonly string[]
  readonly code: number
  readonly says: RegExp
}[] = [
  { name: 'an empty file', args: ['read', 'empty.pcap'], code: 1, says: /empty\.pcap: .*empty/ },
  { name: 'a JPEG', args: ['read', 'picture.jpg'], code: 1, says: /picture\.jpg: .*(JPEG|not a capture)/ },
  { name: 'a truncated header', args: ['read', 'short.pcap'], code: 1, says: /short\.pcap: .*byte/ },
  {
    name: 'a missing file',
    args: ['read', 'nowhere.pcap'],
    code: 1,
    says: /nowhere\.pcap: .*(no such file|does not exist|ENOENT)/,
  },
  { name: 'a directory', args: ['read', 'folder'], code: 1, says: /folder: .*directory/ },
  { name: 'no file', args: ['read'], code: 2, says: /which capture\?/ },
  {
    name: 'an unknown flag',
    args: ['read', '--onyl', 'exchange', 'x'],
    code: 2,
    says: /unknown flag --onyl \(did you mean --only\?\)/,
  },
  {
    name: 'an unknown type',
    args: ['read', '--only', 'exchanges', 'x'],
    code: 2,
    says: /unknown type "exchanges" \(did you mean exchange\?\)/,
  },
  { name: 'a flag without its value', args: ['read', 'x', '--only'], code: 2, says: /--only/ },
  { name: 'an unknown command', args: ['raed'], code: 2, says: /unknown command "raed" \(did you mean read\?\)/ },
  {
    name: 'a bad number of workers',
    args: ['read', '--workers', '0', SAMPLE],
    code: 2,
    says: /--workers: expected a whole number/,
  },
  {
    name: 'a wrong type in the configuration',
    args: ['config', 'check', 'type.yaml'],
    code: 2,
    says: /type\.yaml:4:12 producers\[0\]\.speed: expected number, received string "fast"/,
  },
  {
    name: 'an unknown key',
    args: ['config', 'check', 'key.yaml'],
    code: 2,
    says: /key\.yaml:2:1 .*producer.*producers/,
  },
  {
    name: 'a bad CIDR',
    args: ['run', '--config', 'cidr.yaml'],
    code: 2,
    says: /cidr\.yaml:4:28 processors\.enrich\.proxy_headers\[0\]\.trusted_networks\[0\]: .*33/,
  },
  { name: 'no producers', args: ['run', '--config', 'nothing.yaml'], code: 2, says: /nothing\.yaml: no producers/ },
  { name: 'broken YAML', args: ['config', 'check', 'broken.yaml'], code: 2, says: /broken\.yaml:\d+:\d+ / },
  {
    name: 'a missing configuration',
    args: ['run', '--config', 'gone.yaml'],
    code: 2,
    says: /gone\.yaml: cannot be read \(ENOENT\)/,
  },
]

for (const { name, args, code, says } of CASES) {
  test(name, async t => {
    const folder = scratch(t)
    mkdirSync(join(folder, 'folder'))
    for (const [file, bytes] of Object.entries(FILES)) writeFileSync(join(folder, file), bytes)
    const ended = await tapwire(args, { cwd: folder })
    assert.equal(ended.stdout, '')
    assert.equal(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr)
    assert.match(ended.stderr, says)
    assert.equal(ended.code, code)
  })
}
