/**
 * Real networks for tests and benchmarks of live capture: a network namespace joined to this one by a veth pair.
 *
 *   this namespace   10.77.n.1 ──── 10.77.n.2   the other
 *
 * A VXLAN can be laid over it, with a network of its own; frames of any kind can be put on the wire as they are.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { programPath } from '#infra/setup/program.ts'

export interface Network extends Disposable {
  /** The device of this side. */
  readonly device: string
  /** Name of the namespace of the other side. */
  readonly namespace: string
  readonly here: string
  readonly there: string
  /** How to run a program on the other side. */
  inside(program: string, ...args: readonly string[]): readonly [string, ...string[]]
  /** Puts frames on the wire from the other side, as they are. Needs perl. */
  send(frames: readonly Uint8Array[]): void
  /** A VXLAN between both sides, to UDP port 4789. Returns this side's address; null where the kernel has none. */
  vxlan(vni: number): string | null
}

/** Each frame comes with its length (u32) before it; AF_PACKET is 17, SOCK_RAW 3. */
const SEND = `
open(my $file, '<', "/sys/class/net/$ARGV[0]/ifindex") or die $!;
my $to = pack('SnlSCCa8', 17, 3, <$file>, 0, 0, 0, '');
socket(my $socket, 17, 3, 0) or die $!;
while (read(STDIN, my $length, 4)) {
  read(STDIN, my $frame, unpack('L', $length));
  send($socket, $frame, 0, $to) or die $!;
}`

/** Null where this process may not make one. */
export function openNetwork(number: number): Network | null {
  const ip = programPath('ip')
  if (ip === null) return null
  const namespace = `tw${process.pid}-${number}`
  if (spawnSync(ip, ['netns', 'add', namespace]).status !== 0) return null
  return new VethNetwork(ip, namespace, number)
}

class VethNetwork implements Network {
  readonly device: string
  readonly namespace: string
  readonly here: string
  readonly there: string
  readonly #ip: string
  readonly #other: string
  readonly #number: number
  readonly #laid: string[] = []

  constructor(ip: string, namespace: string, number: number) {
    this.#ip = ip
    this.#number = number
    this.namespace = namespace
    this.device = `${namespace}a`
    this.#other = `${namespace}b`
    this.here = `10.77.${number}.1`
    this.there = `10.77.${number}.2`
    this.#run(['link', 'add', this.device, 'type', 'veth', 'peer', 'name', this.#other, 'netns', namespace])
    this.#raise(this.device, this.here, this.#other, this.there)
  }

  inside(program: string, ...args: readonly string[]): readonly [string, ...string[]] {
    return [this.#ip, 'netns', 'exec', this.namespace, program, ...args]
  }

  send(frames: readonly Uint8Array[]): void {
    const input = Buffer.concat(frames.flatMap(frame => [Buffer.from(Uint32Array.of(frame.length).buffer), frame]))
    const [program, ...args] = this.inside('perl', '-e', SEND, this.#other)
    const { status, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
    if (status !== 0) throw new Error(`frames could not be sent: ${stderr}`)
  }

  vxlan(vni: number): string | null {
    const type = ['type', 'vxlan', 'id', `${vni}`, 'dstport', '4789', 'remote']
    const [device, other] = [`${this.device}.${vni}`, `${this.#other}.${vni}`]
    const [here, there] = [`10.78.${this.#number}.1`, `10.78.${this.#number}.2`]
    const added = spawnSync(this.#ip, ['link', 'add', 'link', this.device, 'name', device, ...type, this.there])
    if (added.status !== 0) return null
    this.#laid.push(device)
    this.#run(['-n', this.namespace, 'link', 'add', 'link', this.#other, 'name', other, ...type, this.here])
    this.#raise(device, here, other, there)
    return here
  }

  [Symbol.dispose](): void {
    for (const device of [...this.#laid, this.device]) spawnSync(this.#ip, ['link', 'del', device])
    spawnSync(this.#ip, ['netns', 'del', this.namespace])
  }

  #raise(device: string, here: string, other: string, there: string): void {
    this.#run(['addr', 'add', `${here}/24`, 'dev', device])
    this.#run(['link', 'set', device, 'up'])
    this.#run(['-n', this.namespace, 'addr', 'add', `${there}/24`, 'dev', other])
    this.#run(['-n', this.namespace, 'link', 'set', other, 'up'])
  }

  #run(words: readonly string[]): SpawnSyncReturns<string> {
    const result = spawnSync(this.#ip, words, { encoding: 'utf8' })
    if (result.status === 0) return result
    this[Symbol.dispose]()
    throw new Error(`ip ${words.join(' ')}: ${result.stderr}`)
  }
}
