import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '#infra/cli/components.ts'
import { scratch, tapwire } from './tapwire.ts'

const SAMPLE = join(ROOT, 'infra/sample/sample.pcapng')

test('a file of the reference product: printed in our form, or used as it is', async t => {
  const directory = scratch(t)
  const at = (name: string): string => join(directory, name)
  copyFileSync(join(ROOT, 'infra/cli/import/testdata/goreplay-full.yaml'), at('go-node.yaml'))

  const imported = await tapwire(['config', 'import', 'go-node.yaml'], { cwd: directory })
  assert.equal(imported.code, 0, imported.stderr)
  assert.match(imported.stderr, /^go-node\.yaml:\d+:3 goreplay\.path: no meaning here: \S/m)
  writeFileSync(at('tapwire.yaml'), imported.stdout)
  for (const name of ['tapwire.yaml', 'go-node.yaml']) {
    const checked = await tapwire(['config', 'check', name], { cwd: directory })
    assert.equal(checked.code, 0, checked.stderr)
    assert.match(checked.stdout, /ok; producers: pcap, pcap-eth1 \(pcap\); sinks: log, access \(log\)/)
  }
})

test('its routes and filters hold for read', async t => {
  const directory = scratch(t)
  const exchangesWith = async (
    rules: string,
  ): Promise<readonly { application: number; request: { path: string } }[]> => {
    const file = join(directory, 'go-node.yaml')
    writeFileSync(file, `mode: tcp-capture-v2\n${rules}`)
    const ended = await tapwire(['read', '--only', 'exchange', '--config', file, SAMPLE])
    assert.equal(ended.code, 0, ended.stderr)
    return ended.lines()
  }
  const all = await exchangesWith('route_config: { routes: [{ route: "~ [0-9]", wallarm_application: 7 }] }\n')
  for (const { application, request } of all)
    assert.equal(application, /[0-9]/.test(request.path) ? 7 : -1, request.path)
  const inspected = await exchangesWith('input_filters: { inspect: [{ path: "[0-9]" }] }\n')
  assert.equal(inspected.length, all.filter(({ application }) => application === 7).length)
  assert.ok(inspected.length > 0 && inspected.length < all.length)
})

test('a mistyped key: exit code 2, nothing on standard output, the key that was meant', async t => {
  const file = join(scratch(t), 'go-node.yaml')
  writeFileSync(file, 'mode: tcp-capture\ngoreplay:\n  filtr: ":80"\n')
  for (const args of [
    ['config', 'import', file],
    ['run', '--config', file],
    ['read', '--config', file, SAMPLE],
  ]) {
    const ended = await tapwire(args)
    assert.deepEqual([ended.code, ended.stdout], [2, ''], args[0])
    assert.match(ended.stderr, /go-node\.yaml:3:3 goreplay\.filtr: unknown key \(did you mean filter\?\)/)
  }
})
