/**
 * Writes the seed corpus: `node test/fuzz/run/make-corpus.ts`. Meaningful inputs in the language of each target; inputs that
 * broke a target once lie beside them under other names and stay.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SCENARIOS } from '#test/golden/scenarios/index.ts'

const CORPUS = join(import.meta.dirname, '../corpus')

/** As test/fuzz/http1.ts reads it: settings, then per step op, length (u16be), bytes. */
function conversation(said: readonly (readonly [dir: 0 | 1, bytes: Uint8Array])[]): Uint8Array {
  const SAYS = 3 << 1
  return Buffer.concat([
    Uint8Array.of(0),
    ...said.map(([dir, bytes]) =>
      Buffer.concat([Uint8Array.of(SAYS | dir, bytes.length >> 8, bytes.length & 0xff), bytes]),
    ),
  ])
}

const CONVERSATIONS = SCENARIOS.map(({ name, packets }): readonly [string, Uint8Array] => {
  const said = packets().filter(({ payload }) => payload.length > 0)
  return [name, conversation(said.map(({ to, payload }) => [to.port < 9000 ? 0 : 1, payload]))]
})

const FORWARDED = {
  'one-proxy': '\x01198.51.100.1, 203.0.113.7\n\x02api.example\n\x03https',
  forwarded: '\0for=192.0.2.60;proto=https;host="a.example:8443", for="[2001:db8::1%25eth0]:4711"',
  strange: '\x01unknown, _hidden, 10.0.0.300, [::ffff:1.2.3.4], "1.2.3.4:80"\n\x04 8443 ',
}

const TEXTS = {
  sqli: "1' UNION/**/SELECT password FROM users-- ",
  time: "x'; WAITFOR DELAY '0:0:5' --",
  xss: '<svg/onload=alert(1)><script>alert(String.fromCharCode(88))</script>',
  encoded: '%253Cscript%253E&q=PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==&%u003c%c0%ae',
  traversal: '/a/..%2f..\\..%252f/etc/passwd%00.png',
  json: '{"a":[{"b":"x\\u0027 OR 1=1","c":null,"d":1e9}],"__proto__":{"e":"..\\/..\\/"}}',
  form: "user=admin&pass='+or+''='&list[]=1&list[]=2&empty",
  plain: "The O'Brien <em>script</em> -- select a union; 3 > 2 && 1 < 2",
}

const CONFIGS = {
  node: [
    'sensor: edge-1',
    'producers:',
    '  - { type: pcap-file, path: a.pcap, speed: 1.5 }',
    'sinks:',
    '  - type: log',
    'processors:',
    '  enrich:',
    '    proxy_headers: [{ trusted_networks: [10.0.0.0/8, "fd00::/8"], real_ip: [Forwarded] }]',
    'log: { kind: embedded, partitions: 4 }',
    'telemetry: { listen: "127.0.0.1:0", logLevel: warn }',
  ].join('\n'),
  references: 'a: &a [1, 2]\nworkers: *a\nflowHashKey: { env: KEY }\n<<: { sensor: x }\n? [complex]\n: 1\n',
}

const latin1 = (texts: Readonly<Record<string, string>>): [string, Uint8Array][] =>
  Object.entries(texts).map(([name, text]) => [name, Buffer.from(text, 'latin1')])

const SEEDS: Readonly<Record<string, readonly (readonly [string, Uint8Array])[]>> = {
  http1: CONVERSATIONS,
  forwarded: latin1(FORWARDED),
  detect: latin1(TEXTS).flatMap(([name, bytes]) => [
    [`${name}-query`, Buffer.concat([Uint8Array.of(0), bytes])],
    [`${name}-body`, Buffer.concat([Uint8Array.of(name === 'json' ? 4 : 5), bytes])],
  ]),
  config: latin1(CONFIGS),
}

for (const [target, seeds] of Object.entries(SEEDS)) {
  mkdirSync(join(CORPUS, target), { recursive: true })
  for (const [name, bytes] of seeds) writeFileSync(join(CORPUS, target, name), bytes)
}
