import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selection } from './config.ts'
import { portsOf } from './ports.ts'

const CASES: readonly (readonly [given: object, ports: readonly number[] | null])[] = [
  [{}, []],
  [{ filters: [{ port: 443 }] }, [443]],
  [{ filters: [{ port: '443, 8000-8002' }, { exe: '/a', port: [8000, '9000'] }] }, [443, 8000, 8001, 8002, 9000]],
  [{ filters: [{ port: 443 }, { exe: '/a' }] }, null],
  [{ filters: [{ exe: '/a', not: { port: 443 } }] }, null],
  [{ filters: [{ port: 443 }], allProcesses: true }, null],
  [{ filters: [{ port: 443 }], allNamespaces: true }, null],
  [{ filters: [{ port: '0-65535' }] }, null],
  [{ filters: [{ port: '1-4096' }, { port: 5000 }] }, null],
]

for (const [given, ports] of CASES) {
  test(JSON.stringify(given), () => {
    const found = portsOf(selection.parse(given))
    assert.deepEqual(found === null ? null : [...found], ports)
  })
}
