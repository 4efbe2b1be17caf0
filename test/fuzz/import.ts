/**
 * Fuzz target: a configuration file of the reference product. Every problem is said at its place; what is taken over says the
 * same after it was printed in our form.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadComponents, ROOT } from '#infra/cli/components.ts'
import { schemaFor } from '#infra/cli/config.ts'
import { readConfig } from '#infra/cli/import/index.ts'
import { renderImport } from '#infra/cli/import/render.ts'
import { ConfigError, checkDocument, loadConfig } from '#schemas/config/load.ts'

const schema = schemaFor(await loadComponents())
const SAMPLES = join(ROOT, 'infra/cli/import/testdata')

export const dictionary = [
  ...[
    'mode: tcp-capture',
    'mode: tcp-capture-v2',
    'goreplay:',
    '  filter: ',
    '  extra_args:',
    '    - ',
    'eth0:80',
    ':',
  ],
  ...['-input-raw', '-input-raw-vlan', '-input-raw-vlan-vid=', '-input-raw-engine vxlan', '-input-raw-vxlan-vni', '-1'],
  ...[
    'route_config:',
    'routes:',
    'route: "~ ',
    'host: "*',
    'wallarm_mode: off',
    'input_filters:',
    'bypass:',
    'headers:',
  ],
  ...['proxy_headers:', 'trusted_networks: [10.0.0.0/8]', 'listen_address: ', 'response_timeout: 1m5s', '__proto__: 1'],
]

export function seeds(): Uint8Array[] {
  return readdirSync(SAMPLES)
    .filter(name => name.endsWith('.yaml'))
    .map(name => readFileSync(join(SAMPLES, name)))
}

export default function importFile(data: Uint8Array): void {
  const checked = check(Buffer.from(data).toString())
  if (checked === null || checked.imported === null) return
  const printed = renderImport(checked.imported, 'f.yaml')
  assert.deepEqual(loadConfig(printed, 'tapwire.yaml', schema), checked.root)
}

function check(text: string) {
  try {
    const { document, imported } = readConfig(text, 'f.yaml')
    return { root: checkDocument(document, 'f.yaml', schema), imported }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    assert.ok(error.problems.length > 0)
    for (const line of error.message.split('\n')) assert.match(line, /^f\.yaml:(\d+:\d+ | and )/, line)
    return null
  }
}
