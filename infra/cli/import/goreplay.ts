/**
 * The first generation's capture: what goreplay is told becomes producers.
 *
 *   input = [ interface / address ] ":" [ port *( "," port ) ]          nothing before the colon: all interfaces; behind: all ports
 */
import { closest } from '#schemas/config/closest.ts'
import type { Path } from '#schemas/config/document.ts'
import type { Draft } from './draft.ts'
import type { ReferenceFile } from './file.ts'
import { type Argument, parseArguments } from './gor-args.ts'
import { addProducer } from './producers.ts'
import { byteSize, isAddress } from './values.ts'

type Goreplay = NonNullable<ReferenceFile['goreplay']>

interface Input {
  /** Empty: all. */
  readonly host: string
  readonly ports: readonly number[]
  readonly text: string
  readonly from: Path
}

const ENGINES = ['libpcap', 'pcap', 'raw_socket', 'af_packet', 'vxlan', 'pcap_file'] as const
const FILTER: Path = ['goreplay', 'filter']
const ARGUMENTS: Path = ['goreplay', 'extra_args']
const MIN_BUFFER = 1024 ** 2

export function captureOfGoreplay(goreplay: Goreplay, draft: Draft): void {
  const { known, withoutMeaning, problems } = parseArguments(goreplay.extra_args ?? [], ARGUMENTS)
  for (const { from, message } of withoutMeaning) draft.withoutMeaning(from, message)
  for (const { from, message } of problems) draft.fail(from, message)
  new Goreplayed(goreplay, known, draft).capture()
}

class Goreplayed {
  readonly #goreplay: Goreplay
  readonly #arguments: readonly Argument[]
  readonly #draft: Draft
  /** Names of arguments that something was made of. */
  readonly #used = new Set<string>()

  constructor(goreplay: Goreplay, known: readonly Argument[], draft: Draft) {
    this.#goreplay = goreplay
    this.#arguments = known
    this.#draft = draft
  }

  capture(): void {
    this.#remarks()
    const engine = this.#engine()
    if (engine === 'pcap_file') this.#files()
    else if (engine === 'vxlan') this.#vxlan(this.#inputs())
    else if (engine !== null) for (const input of this.#inputs()) this.#interface(input)
    this.#unused(engine ?? '')
  }

  #all(name: string): readonly Argument[] {
    this.#used.add(name)
    return this.#arguments.filter(argument => argument.name === name)
  }

  /** As Go's flags: the last one counts. */
  #last(name: string): Argument | undefined {
    return this.#all(name).at(-1)
  }

  #isOn(name: string): boolean {
    return /^(1|t|true)$/i.test(this.#last(name)?.value ?? 'false')
  }

  #remarks(): void {
    for (const { from } of this.#all('input-raw-ignore-interface'))
      this.#draft.withoutMeaning(from, '-input-raw-ignore-interface: name the interfaces to capture instead of any')
    for (const { value, from } of this.#all('input-raw-protocol')) {
      if (value !== 'http') this.#draft.fail(from, `-input-raw-protocol ${value}: only http is read`)
    }
  }

  /** As goreplay does, which takes them and does nothing. */
  #unused(engine: string): void {
    for (const { name, from } of this.#arguments) {
      if (this.#used.has(name)) continue
      const needs = name === 'input-raw-vlan-vid' ? 'without -input-raw-vlan' : `with the engine ${engine}`
      this.#draft.withoutMeaning(from, `-${name}: it does nothing ${needs}`)
    }
  }

  #engine(): (typeof ENGINES)[number] | null {
    const argument = this.#last('input-raw-engine')
    if (argument === undefined) return 'libpcap'
    const engine = ENGINES.find(known => known === argument.value)
    if (engine !== undefined) return engine
    const hint = closest(argument.value, ENGINES)
    const listed = hint === null ? `known: ${ENGINES.join(', ')}` : `did you mean ${hint}?`
    this.#draft.fail(argument.from, `unknown engine ${JSON.stringify(argument.value.slice(0, 64))} (${listed})`)
    return null
  }

  /** Arguments as they are written, with where they stand. */
  #addresses(): readonly { readonly text: string; readonly from: Path }[] {
    const extra = this.#all('input-raw').map(({ value, from }) => ({ text: value, from }))
    const { filter } = this.#goreplay
    if (filter === undefined && extra.length > 0) return extra
    return [{ text: filter === undefined || filter === '' ? ':' : filter, from: FILTER }, ...extra]
  }

  #inputs(): readonly Input[] {
    return this.#addresses().flatMap(({ text, from }) => {
      const input = parseInput(text, from)
      if (input === null) {
        const shown = JSON.stringify(text.slice(0, 64))
        this.#draft.fail(from, `${shown} is no interface and port: write eth0:80, eth0:, :80 or :`)
      }
      return input === null ? [] : [input]
    })
  }

  /** One producer, or one for each VLAN: to libpcap, a second "vlan" in a filter is a tag inside the first. */
  #interface(input: Input): void {
    const ids = this.#isOn('input-raw-vlan') ? this.#all('input-raw-vlan-vid') : []
    if (ids.length === 0) this.#live(input, null)
    for (const id of ids) {
      if (/^\d{1,4}$/.test(id.value) && Number(id.value) < 4096) this.#live(input, id)
      else this.#draft.fail(id.from, `-input-raw-vlan-vid: expected 0 to 4095, got ${id.value.slice(0, 16)}`)
    }
  }

  #live(input: Input, vlan: Argument | null): void {
    const draft = this.#draft
    const device = input.host === '' || isAddress(input.host) ? 'any' : input.host
    const at = addProducer(draft, 'pcap', vlan === null ? device : `${device}-vlan-${vlan.value}`, input.from)
    draft.set([...at, 'interface'], device, input.from)
    const bpf = this.#last('input-raw-bpf-filter')
    const [filter, from] = bpf === undefined ? [this.#filter(input, vlan), input.from] : [bpf.value, bpf.from]
    draft.set([...at, 'filter'], filter, from)
    const promiscuous = this.#last('input-raw-promisc')
    if (promiscuous !== undefined && !this.#isOn('input-raw-promisc')) {
      draft.set([...at, 'promiscuous'], false, promiscuous.from)
      if (device !== 'any') draft.set([...at, 'engine'], 'tcpdump', promiscuous.from)
    }
    const snapLength = this.#last('input-raw-override-snaplen')
    if (snapLength !== undefined) draft.set([...at, 'snapLength'], 65_535, snapLength.from)
    const buffer = this.#last('input-raw-buffer-size')
    if (buffer !== undefined) draft.set([...at, 'bufferBytes'], this.#buffer(buffer), buffer.from)
  }

  /** Without -input-raw-vlan goreplay sees untagged packets only, and so does this filter. */
  #filter(input: Input, vlan: Argument | null): string {
    const ports = tcpFilter(input.ports)
    const packets = isAddress(input.host) ? `(${ports}) and host ${input.host}` : ports
    if (vlan !== null) return `vlan ${Number(vlan.value)} and (${packets})`
    return this.#isOn('input-raw-vlan') ? `(${packets}) or (vlan and (${packets}))` : packets
  }

  #buffer({ value, from }: Argument): number | undefined {
    const bytes = byteSize(value)
    if (bytes === null)
      this.#draft.fail(from, `-input-raw-buffer-size: expected a size, e.g. 64mb, got ${value.slice(0, 16)}`)
    else if (bytes < MIN_BUFFER) this.#draft.warn(from, '-input-raw-buffer-size: the least buffer here is 1 MiB')
    return bytes === null ? undefined : Math.max(bytes, MIN_BUFFER)
  }

  /** One socket for all inputs: of theirs only the ports count. */
  #vxlan(inputs: readonly Input[]): void {
    const [first] = inputs
    if (first === undefined) return
    const draft = this.#draft
    for (const { host, from } of inputs) {
      if (host !== '' && !isAddress(host))
        draft.withoutMeaning(from, `${host}: VXLAN is received at an address, from any interface`)
    }
    const port = this.#last('input-raw-vxlan-port')
    if (port !== undefined && !/^\d{1,5}$/.test(port.value))
      draft.fail(port.from, `-input-raw-vxlan-port: expected a port, got ${port.value.slice(0, 16)}`)
    const at = addProducer(draft, 'mirror', 'vxlan', first.from)
    const address = isAddress(first.host) ? first.host : '0.0.0.0'
    draft.set([...at, 'encapsulation'], 'vxlan', this.#last('input-raw-engine')!.from)
    const host = address.includes(':') ? `[${address}]` : address
    draft.set([...at, 'listen'], `${host}:${port?.value ?? 4789}`, port?.from ?? first.from)
    this.#vnis(at)
    const ports = inputs.some(input => input.ports.length === 0) ? [] : inputs.flatMap(input => input.ports)
    if (ports.length > 0) draft.set([...at, 'filter'], tcpFilter(ports), first.from)
  }

  /** A negative one is left out. */
  #vnis(at: Path): void {
    for (const { value, from } of this.#all('input-raw-vxlan-vni')) {
      if (!/^-?\d{1,8}$/.test(value)) {
        this.#draft.fail(from, `-input-raw-vxlan-vni: expected a number, got ${value.slice(0, 16)}`)
        continue
      }
      const list = [...at, value.startsWith('-') ? 'exceptVnis' : 'vnis']
      this.#draft.set([...list, this.#draft.next(list)], Math.abs(Number(value)), from)
    }
  }

  #files(): void {
    for (const { text, from } of this.#addresses()) {
      const path = text.replace(/:[\d,]*$/, '')
      if (path === '')
        this.#draft.fail(from, '-input-raw-engine pcap_file needs the path of a file: write capture.pcap:')
      else if (path !== text && !text.endsWith(':'))
        this.#draft.withoutMeaning(from, 'a port: of a file all connections are read')
      this.#draft.set([...addProducer(this.#draft, 'pcap-file', 'file', from), 'path'], path, from)
    }
  }
}

/** Also `[::1]:80`. Null for what is none. */
function parseInput(text: string, from: Path): Input | null {
  const [, bracketed, plain, ports] = /^(?:\[([^\]]*)\]|([^:]*)):([\d,\s]*)$/.exec(text.trim()) ?? []
  const host = bracketed ?? plain
  if (host === undefined || ports === undefined) return null
  const numbers = ports.split(',').flatMap(port => (port.trim() === '' ? [] : [Number(port)]))
  if (numbers.some(port => !(port > 0 && port <= 65_535))) return null
  const everywhere = host === '0.0.0.0' || host === '::' || host === 'any'
  return { host: everywhere ? '' : host, ports: numbers, text, from }
}

function tcpFilter(ports: readonly number[]): string {
  return ports.length === 0 ? 'tcp' : [...new Set(ports)].map(port => `tcp port ${port}`).join(' or ')
}
