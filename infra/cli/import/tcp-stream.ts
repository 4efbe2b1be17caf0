/** The second generation's capture: `tcp_stream` becomes producers. */
import type { Path } from '#schemas/config/document.ts'
import type { Draft } from './draft.ts'
import type { FromInterface, FromTunnel, ReferenceFile } from './file.ts'
import { addProducer } from './producers.ts'
import { block, listenAddress } from './values.ts'

type TcpStream = NonNullable<ReferenceFile['tcp_stream']>

export function captureOfTcpStream(stream: TcpStream, draft: Draft): void {
  const at: Path = ['tcp_stream']
  const { from_interface, from_vxlan, from_geneve, ignore_ips } = stream
  if (Array.isArray(from_interface)) {
    for (const [i, each] of from_interface.entries()) addInterface(each, [...at, 'from_interface', i], draft)
  } else if (from_interface !== undefined) addInterface(from_interface, [...at, 'from_interface'], draft)
  if (from_vxlan !== undefined) addTunnel('vxlan', from_vxlan, [...at, 'from_vxlan'], draft)
  if (from_geneve !== undefined) addTunnel('geneve', from_geneve, [...at, 'from_geneve'], draft)
  for (const [i, { subnets, match_type }] of (ignore_ips ?? []).entries()) {
    const from = [...at, 'ignore_ips', i]
    draft.set(['capture', 'ignoreIps', i, 'subnets'], subnets.map(block), [...from, 'subnets'])
    draft.set(['capture', 'ignoreIps', i, 'match'], match_type, [...from, 'match_type'])
  }
}

function addInterface(given: FromInterface, from: Path, draft: Draft): void {
  if (!isEnabled(given, from, draft)) return
  const device = given.interface ?? 'any'
  const at = addProducer(draft, 'pcap', device, from)
  draft.set([...at, 'interface'], device, given.interface === undefined ? from : [...from, 'interface'])
  draft.set([...at, 'filter'], given.filter, [...from, 'filter'])
  draft.set([...at, 'snapLength'], given.snap_len, [...from, 'snap_len'])
  draft.set([...at, 'promiscuous'], given.promiscuous, [...from, 'promiscuous'])
  if (given.promiscuous !== false || device === 'any') return
  draft.set([...at, 'engine'], 'tcpdump', [...from, 'promiscuous'])
  draft.warn(
    [...from, 'promiscuous'],
    'the package cap is always promiscuous: the program tcpdump captures, and must be installed',
  )
}

/** The usual ports, at all addresses. */
const LISTEN = { vxlan: '0.0.0.0:4789', geneve: '0.0.0.0:6081' } as const

function addTunnel(kind: keyof typeof LISTEN, given: FromTunnel, from: Path, draft: Draft): void {
  if (!isEnabled(given, from, draft)) return
  const at = addProducer(draft, 'mirror', kind, from)
  draft.set([...at, 'encapsulation'], kind, from)
  const { listen_addr } = given
  if (listen_addr === undefined) draft.set([...at, 'listen'], LISTEN[kind], from)
  else draft.set([...at, 'listen'], listenAddress(listen_addr) ?? listen_addr, [...from, 'listen_addr'])
  draft.set([...at, 'vnis'], given.vni_filter, [...from, 'vni_filter'])
  draft.set([...at, 'innerVnis'], given.inner_vni_filter, [...from, 'inner_vni_filter'])
  draft.set([...at, 'filter'], given.filter, [...from, 'filter'])
}

/** Sources are off unless they are switched on. */
function isEnabled({ enabled }: { readonly enabled?: boolean | undefined }, from: Path, draft: Draft): boolean {
  if (enabled === true) return true
  draft.withoutMeaning(from, 'it is not enabled: a producer that is not listed is off')
  return false
}
