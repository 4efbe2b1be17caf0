import { z } from 'zod'
import { cidr } from '#schemas/config/net.ts'
import { headerName } from './names.ts'
import { application, filters, mode, routes } from './routing/config.ts'

const headerNames = z.array(headerName).max(8).default([])

const rule = z.strictObject({
  trusted_networks: z
    .array(cidr())
    .min(1)
    .optional()
    .describe(
      'The rule applies to connections from these networks, and hops inside them are trusted. Omitted: everybody is trusted (not recommended)',
    ),
  real_ip: headerNames.describe('Headers that name the client, in order of preference: the first one sent counts'),
  original_host: headerNames.describe('Headers that name the host the client asked for, in order of preference'),
  proto: headerNames.describe('Headers that say http or https, in order of preference'),
  port: headerNames
    .refine(names => !names.includes('forwarded'), {
      error: 'Forwarded has no port of its own: it is part of its host',
    })
    .describe('Headers with the port the client connected to: added to a host that has none'),
  strategy: z
    .enum(['rightmost-untrusted', 'leftmost'])
    .default('rightmost-untrusted')
    .describe(
      'Which address of a list is the client: the rightmost one outside trusted_networks, or simply the first (spoofable)',
    ),
})

const proxyProtocol = z
  .strictObject({
    trusted_networks: z
      .array(cidr())
      .default([])
      .describe('PROXY headers are believed from these networks. None: nobody, because any client can send one'),
    precedence: z
      .enum(['proxy-first', 'header-first'])
      .default('proxy-first')
      .describe(
        'Who is the peer that proxy_headers apply to: the client in the PROXY header, or (header-first) the one in the packet, as long as its headers name a client',
      ),
  })
  .prefault({})
  .describe('Whom to believe about the client in PROXY protocol headers')

export const config = z.strictObject({
  proxy_protocol: proxyProtocol,
  proxy_headers: z
    .array(rule)
    .max(100)
    .default([])
    .describe(
      'Whom to believe about the client. In order; the first rule whose networks hold the peer applies. None: nobody',
    ),
  application: application.default(-1).describe('Application id of exchanges that no route gives one'),
  mode: mode
    .default('monitoring')
    .describe('Mode of exchanges that no route gives one; "off" exchanges are not analysed'),
  routes,
  normalizePath: z
    .boolean()
    .default(true)
    .describe('Routes and filters compare the path decoded, without "." and ".." and doubled slashes; false: as sent'),
  filters,
  limits: z
    .strictObject({
      elements: z.number().int().min(1).max(1000).default(32).describe('Most hops read from a header'),
      characters: z
        .number()
        .int()
        .min(64)
        .max(65_536)
        .default(4096)
        .describe('Most text read from a header, all its lines together'),
    })
    .prefault({})
    .describe('How much of a header is read: the end next to the peer counts'),
})

export type Config = z.infer<typeof config>
export type Rule = Config['proxy_headers'][number]
export type Limits = Config['limits']
