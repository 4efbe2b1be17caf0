/** What an engine's last words mean to who started it. */
import { Refused, Usage } from '#schemas/contracts/errors.ts'
import { interfaceNames } from './interfaces.ts'
import { ANY, type CaptureOptions } from './options.ts'

const NO_PROGRAM = /\bENOENT\b/
const NO_ADDON = /^no cap: (.*)/
const NO_PERMISSION = /permission|not permitted/i
const NO_DEVICE = /no such device|no such interface|not up/i

/** `program`: what captures, and so needs the right to. */
export function refusalOf(options: CaptureOptions, program: string, words: string): Refused | Usage {
  const { interface: device, filter, engine } = options
  if (engine === 'tcpdump' && NO_PROGRAM.test(words)) {
    return new Refused('no-tcpdump', `${device}: tcpdump is not installed: npm run setup, or apt-get install tcpdump`)
  }
  const addon = NO_ADDON.exec(words)
  if (addon !== null) {
    const why = `the addon cap cannot be used (${addon[1]})`
    return new Refused('no-cap', `${device}: ${why}: npm run setup builds it; or set engine: tcpdump`)
  }
  if (NO_PERMISSION.test(words)) {
    const grant = `run as root, give the service AmbientCapabilities=CAP_NET_RAW, or setcap cap_net_raw+ep ${program}`
    return new Refused('no-permission', `${device}: may not be captured, that takes CAP_NET_RAW: ${grant}`)
  }
  if (NO_DEVICE.test(words)) {
    const names = [...interfaceNames(), ANY].join(', ')
    return new Usage(`producers: pcap: interface: ${device} does not exist (${words}); there are ${names}`)
  }
  const what = filter === '' ? device : `${device} with the filter "${filter}"`
  return new Usage(`producers: pcap: cannot capture from ${what}: ${words}`)
}
