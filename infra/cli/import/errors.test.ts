import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkDocument } from '#schemas/config/load.ts'
import { loadComponents } from '../components.ts'
import { schemaFor } from '../config.ts'
import { readConfig } from './index.ts'

const schema = schemaFor(await loadComponents())

function errorsOf(text: string): string {
  try {
    checkDocument(readConfig(text, 'f.yaml').document, 'f.yaml', schema)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

const V2 = 'mode: tcp-capture-v2\n'
const V1 = 'mode: tcp-capture\ngoreplay:\n'

describe('a problem is said at its line, in words of the file', () => {
  for (const [text, expected] of [
    ['version: 4\n', 'f.yaml:1:1 mode: is missing: expected one of tcp-capture, tcp-capture-v2'],
    ['mode: tcp-captur\n', 'f.yaml:1:7 mode: expected one of tcp-capture, tcp-capture-v2'],
    [`${V2}tcp_streem: {}\n`, 'f.yaml:2:1 tcp_streem: unknown key (did you mean tcp_stream?)'],
    [`${V2}sinks: []\n`, 'f.yaml:2:1 sinks: unknown key'],
    [
      `${V2}tcp_stream:\n  from_interface:\n    - enabled: true\n      interfaces: eth0\n`,
      'f.yaml:5:7 tcp_stream.from_interface[0].interfaces: unknown key (did you mean interface?)',
    ],
    [
      `${V2}tcp_stream:\n  from_interface:\n    snaplen: 100\n`,
      'f.yaml:4:5 tcp_stream.from_interface.snaplen: unknown key (did you mean snap_len?)',
    ],
    [
      `${V2}input_filters:\n  inspect:\n    - headers:\n      host: a\n`,
      'f.yaml:5:7 input_filters.inspect[0].host: unknown key',
    ],
    [
      `${V2}input_filters:\n  inspect:\n    - path: /a\n      url: /b\n`,
      'f.yaml:5:12 input_filters.inspect[0].url: path and url mean the same',
    ],
    [
      `${V2}input_filters:\n  bypass:\n    - url: "(?=a)"\n`,
      'f.yaml:4:12 input_filters.bypass[0].url: no regular expression in RE2 syntax',
    ],
    [`${V2}input_filters:\n  bypass:\n    - {}\n`, 'f.yaml:4:7 input_filters.bypass[0]: a filter without conditions'],
    [
      `${V2}route_config:\n  routes:\n    - host: "a[b"\n`,
      'f.yaml:4:13 route_config.routes[0].host: no pattern of hosts',
    ],
    [
      `${V2}route_config:\n  routes:\n    - route: /a\n    - route: ^~/a\n`,
      'f.yaml:5:7 route_config.routes[1]: this host with this path is listed twice',
    ],
    [
      `${V2}proxy_headers:\n  - trusted_networks: [10.0.0.0/33]\n`,
      'f.yaml:3:23 proxy_headers[0].trusted_networks: bad CIDR "10.0.0.0/33"',
    ],
    [
      `${V2}tcp_stream:\n  ignore_ips:\n    - subnets: [a.example]\n      match_type: src\n`,
      'f.yaml:4:16 tcp_stream.ignore_ips[0].subnets: bad CIDR',
    ],
    [
      `${V2}tcp_stream:\n  ignore_ips:\n    - subnets: []\n`,
      'f.yaml:4:7 tcp_stream.ignore_ips[0].match_type: is missing',
    ],
    [
      `${V2}tcp_reassembler:\n  response_timeout: 5\n`,
      'f.yaml:3:21 tcp_reassembler.response_timeout: expected a duration',
    ],
    [`${V2}metrics:\n  listen_address: "host.example:1"\n`, 'f.yaml:3:19 metrics.listen_address: expected an address'],
    [`${V1}  filter: eth0\n`, 'f.yaml:3:11 goreplay.filter: "eth0" is no interface and port'],
    [`${V1}  filter: "eth0:http"\n`, 'f.yaml:3:11 goreplay.filter: "eth0:http" is no interface and port'],
    [`${V1}  filter: "eth0:70000"\n`, 'goreplay.filter: "eth0:70000" is no interface and port'],
    [
      `${V1}  extra_args: [-input-raw-vlam]\n`,
      'f.yaml:3:16 goreplay.extra_args[0]: unknown argument -input-raw-vlam (did you mean -input-raw-vlan?)',
    ],
    [`${V1}  extra_args: [eth0]\n`, 'goreplay.extra_args[0]: "eth0" is no argument of goreplay'],
    [`${V1}  extra_args: [-input-raw]\n`, 'goreplay.extra_args[0]: -input-raw needs a value'],
    [
      `${V1}  extra_args: [-input-raw-engine, vxlam]\n`,
      'goreplay.extra_args[0]: unknown engine "vxlam" (did you mean vxlan?)',
    ],
    [
      `${V1}  extra_args: [-input-raw-vlan, -input-raw-vlan-vid, "5000"]\n`,
      'goreplay.extra_args[1]: -input-raw-vlan-vid: expected 0 to 4095',
    ],
    [
      `${V1}  extra_args: [-input-raw-engine, vxlan, -input-raw-vxlan-port=99999]\n`,
      'goreplay.extra_args[2]: expected an address and a port',
    ],
    [`${V1}  extra_args: [-input-raw-protocol, binary]\n`, 'goreplay.extra_args[0]: -input-raw-protocol binary'],
    [`${V2}drop_on_overload: maybe\n`, 'f.yaml:2:19 drop_on_overload: expected true or false, received string "maybe"'],
    ['mode: connector-server\nconnector:\n  addres: x\n', 'f.yaml:1:7 mode: connector-server takes traffic from'],
    [
      'mode: envoy-external-filter\nenvoy_external_filter:\n  address: :5080\n',
      'f.yaml:1:7 mode: envoy-external-filter needs envoy_external_filter with tls_cert, tls_key',
    ],
  ] as const) {
    test(expected, () => {
      const [line = '', ...more] = errorsOf(text).split('\n')
      assert.ok(line.startsWith(expected) || line.includes(` ${expected}`), line)
      assert.deepEqual(more, [])
    })
  }
})

test('all problems at once', () => {
  assert.equal(errorsOf(`${V1}  filtr: a\nlog:\n  level: loud\n`).split('\n').length, 2)
})

test('files of ours, and what is no mapping, are left alone', () => {
  for (const text of ['', 'sensor: a\n', 'log: { kind: memory }\n', '[]', 'text', 'processors: { http: {} }'])
    assert.equal(readConfig(text, 'f.yaml').imported, null, text)
})
