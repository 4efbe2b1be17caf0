/** Can this user capture live here? */
import { loadCap } from '#producers/pcap/load-cap.ts'
import { captureRight } from '#producers/pcap/right.ts'
import { type Diagnosis, ok, warn } from './check.ts'

/** What live capture stands on: the addon's own complaint, or null, and CAP_NET_RAW. */
export interface CaptureMeans {
  readonly missing: string | null
  readonly right: boolean
}

export async function captureMeans(): Promise<CaptureMeans> {
  const cap = await loadCap()
  return { missing: 'missing' in cap ? cap.missing : null, right: captureRight() }
}

/** A node that reads files needs none of it: nothing here is a failure. */
export function checkCapture({ missing, right }: CaptureMeans): Diagnosis {
  const problems = [
    ...(missing === null ? [] : [`the addon cap cannot be used (${missing}): npm run setup, or engine: tcpdump`]),
    ...(right ? [] : ['this user may not: root, or CAP_NET_RAW as producers/pcap/README.md shows']),
  ]
  return problems.length === 0 ? ok('capture', 'live, by this user') : warn('capture', `live: ${problems.join('; ')}`)
}
