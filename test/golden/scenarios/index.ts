import { ATTACKS } from './attacks.ts'
import { CONNECTIONS } from './connections.ts'
import { HTTP2 } from './http2.ts'
import { LOSSES } from './losses.ts'
import { MESSAGES } from './messages.ts'
import { NETWORK } from './network.ts'
import { PROXIES } from './proxies.ts'
import type { Scenario } from './scenario.ts'
import { SOCKETS } from './sockets.ts'
import { TUNNELS } from './tunnels.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...MESSAGES,
  ...SOCKETS,
  ...HTTP2,
  ...CONNECTIONS,
  ...LOSSES,
  ...NETWORK,
  ...TUNNELS,
  ...PROXIES,
  ...ATTACKS,
]
