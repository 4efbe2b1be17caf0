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

const listen = z
  .string()
  .refine(text => parseListen(text) !== null, { error: 'expected an address and a port, e.g. 127.0.0.1:9464' })

export const telemetry = z
  .strictObject({
    listen: z
      .union([z.literal(false), listen])
      .default('127.0.0.1:9464')
      .describe('Address and port of /metrics, /live and /ready; false: none'),
    healthListen: listen
      .optional()
      .describe('Address and port of /live and /ready alone; they are not at listen then. Omitted: they are there'),
    allowRemote: z
      .boolean()
      .default(false)
      .describe('Allow listen and healthListen beyond loopback. There is no authentication: put a proxy in front'),
    logLevel: z.enum(LOG_LEVELS).default('info').describe('Least severity that is logged'),
    logFormat: z
      .enum(['json', 'text'])
      .default('json')
      .describe('json: an object a line, for machines; text: for people'),
    logFile: z
      .string()
      .min(1)
      .max(4096)
      .default('stderr')
      .describe(
        'Where it is logged: stderr, stdout, or a file (a relative path starts at the configuration file; nothing rotates it)',
      ),
  })
  .prefault({})
  .superRefine(({ listen, healthListen, allowRemote }, ctx) => {
    if (allowRemote) return
    for (const [key, text] of Object.entries({ listen, healthListen })) {
      if (typeof text !== 'string' || isLoopback(parseListen(text)?.host ?? '')) continue
      const message = `${text} is reachable from other machines: use 127.0.0.1, or set allowRemote: true`
      ctx.addIssue({ code: 'custom', path: [key], message })
    }
  })
  .describe('Metrics, health and logs of Tapwire itself')

export type TelemetryConfig = z.output<typeof telemetry>
