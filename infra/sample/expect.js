/**
 * What is in the sample, counted by tshark and cross-checked against nginx's access log.
 *
 *   node expect.js SAMPLE.pcapng ATTACKS.tsv ACCESS.log > expected.json
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const [capture, attacksFile, accessLog] = process.argv.slice(2)
if (capture === undefined || attacksFile === undefined || accessLog === undefined) {
  throw new Error('usage: node expect.js SAMPLE.pcapng ATTACKS.tsv ACCESS.log')
}
const from = capture

/**
 * One row per packet that `filter` selects, one column per field.
 * @param {string} filter
 * @param {string[]} fields
 * @returns {string[][]}
 */
function tshark(filter, ...fields) {
  const options = fields.flatMap(field => ['-e', field])
  const args = ['-r', from, '-2', '-Y', filter, '-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=,', ...options]
  const text = execFileSync('tshark', args, { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 }).toString()
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => line.split('\t'))
}

/** @param {(string | undefined)[]} values */
function tally(values) {
  /** @type {Record<string, number>} */
  const counts = {}
  for (const value of values.toSorted()) counts[`${value}`] = (counts[`${value}`] ?? 0) + 1
  return counts
}

const requests = tshark(
  'http.request',
  'http.host',
  'vlan.id',
  'http.x_forwarded_for',
  'http.request.method',
  'http.request.uri',
)
const responses = tshark('http.response', 'http.response.code')
const logged = readFileSync(accessLog, 'utf8').trim().split('\n').length
if (requests.length !== responses.length || requests.length !== logged) {
  throw new Error(`tshark: ${requests.length} requests, ${responses.length} responses; nginx logged ${logged}`)
}

/** The attacks are all that this client did, in the order of the list. */
const ATTACKER = '198.51.100.66'
const lines = readFileSync(attacksFile, 'utf8').trim().split('\n')
const attempts = requests.filter(([, , client]) => client === ATTACKER)
const attacks = lines
  .filter(line => !line.startsWith('#'))
  .map((line, i) => {
    const [name, attack, host, where] = line.split('\t')
    const [sentTo, , client, method, target] = attempts[i] ?? []
    if (sentTo !== host) throw new Error(`attack ${name} went to ${sentTo}`)
    return { name, attack, host, where, client, method, target }
  })
if (attempts.length !== attacks.length) throw new Error(`${attempts.length} attacks captured, ${attacks.length} listed`)

const expected = {
  made: new Date().toISOString().slice(0, 10),
  exchanges: requests.length,
  hosts: tally(requests.map(([host]) => host)),
  methods: tally(requests.map(([, , , method]) => method)),
  statuses: tally(responses.map(([status]) => status)),
  /** By the forwarding header; the proxy's own health checks have none. */
  clients: tally(requests.map(([, , client]) => client || 'none')),
  vlans: tally(requests.map(([, vlan]) => vlan || 'none')),
  attacks,
}
process.stdout.write(`${JSON.stringify(expected, null, 2)}\n`)
