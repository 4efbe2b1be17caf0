import { ATTACKS } from './attacks.ts'
import { CONNECTIONS } from './connections.ts'
import { LOSSES } from './losses.ts'
import { MESSAGES } from './messages.ts'
import { NETWORK } from './network.ts'
import type { Scenario } from './scenario.ts'

export const SCENARIOS: readonly Scenario[] = [...MESSAGES, ...CONNECTIONS, ...LOSSES, ...NETWORK, ...ATTACKS]
