import { z } from 'zod'
import { canonicalAddress } from './address.ts'
import { CidrSet } from './net.ts'

const LOOPBACK = new CidrSet(['127.0.0.0/8', '::1'])

/** Where something listens. `host` is an address, not a name: names can resolve to anywhere. */
export interface Listen {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:9464`, `[::1]:9464`; port 0 takes a free one. Null when the text is none of that. */
export function parseListen(text: string): Listen | null {
  const parts = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15})):(\d{1,5})$/.exec(text)
  const host = canonicalAddress(parts?.[1] ?? parts?.[2] ?? '')
  const port = Number(parts?.[3])
  return host === null || !(port <= 65_535) ? null : { host, port }
}

export function isLoopback(address: string): boolean {
  return LOOPBACK.has(address)
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

export const telemetry = z
  .strictObject({
    listen: z
      .union([
        z.literal(false),
        z
          .string()
          .refine(text => parseListen(text) !== null, { error: 'expected an address and a port, e.g. 127.0.0.1:9464' }),
      ])
      .default('127.0.0.1:9464')
      .describe('Address and port of /metrics, /live and /ready; false: none'),
    allowRemote: z
      .boolean()
      .default(false)
      .describe('Allow listen beyond loopback. There is no authentication: put a proxy in front'),
    logLevel: z.enum(LOG_LEVELS).default('info').describe('Least severity that is logged to standard error'),
  })
  .prefault({})
  .superRefine(({ listen, allowRemote }, ctx) => {
    if (listen === false || allowRemote || isLoopback(parseListen(listen)?.host ?? '')) return
    ctx.addIssue({
      code: 'custom',
      path: ['listen'],
      message: `${listen} is reachable from other machines: use 127.0.0.1, or set allowRemote: true`,
    })
  })
  .describe('Metrics, health and logs of Tapwire itself')

export type TelemetryConfig = z.output<typeof telemetry>
