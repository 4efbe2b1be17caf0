/**
 * What the kernel drops of a packet socket, which `cap` does not tell (it hides pcap_stats). The socket is a file of this
 * process, so a child that inherits it may ask; Node has no getsockopt, perl has.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** File descriptors of this process that are packet sockets. */
export function packetSockets(): ReadonlySet<number> {
  const inodes = new Set(lines('/proc/self/net/packet').map(line => line.trim().split(/\s+/).at(-1)))
  const found = new Set<number>()
  for (const fd of folder('/proc/self/fd')) {
    const inode = /^socket:\[(\d+)\]$/.exec(target(`/proc/self/fd/${fd}`))?.[1]
    if (inode !== undefined && inodes.has(inode)) found.add(Number(fd))
  }
  return found
}

/**
 * Every second, and when this process ends. PACKET_STATISTICS (level SOL_PACKET 263, option 6) starts from zero at each
 * call. In the words of tcpdump, so that both engines are read alike.
 */
const ASK = String.raw`
open(my $socket, '+<&=', 3) or die $!;
my ($received, $dropped, $over) = (0, 0, 0);
until ($over) {
  vec(my $stdin = '', 0, 1) = 1;
  $over = select($stdin, undef, undef, 1);
  my ($r, $d) = unpack('LL', getsockopt($socket, 263, 6) // die $!);
  $received += $r; $dropped += $d;
  syswrite STDERR, "$received packets received by filter, $dropped packets dropped by kernel\n";
}`

/** Reports to standard error until this process ends. Where there is no perl, nothing is reported. */
export function reportKernelDrops(socket: number): ChildProcess {
  const child = spawn('perl', ['-e', ASK], { stdio: ['pipe', 'ignore', 'inherit', socket] })
  child.on('error', () => {}) // no perl: README says what then is not counted
  return child
}

function lines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'latin1').split('\n').slice(1, -1)
  } catch {
    return []
  }
}

function folder(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
