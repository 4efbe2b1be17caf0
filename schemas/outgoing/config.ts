/** Configuration that sinks share whose other side speaks HTTP. */
import { z } from 'zod'
import { secret } from '#schemas/config/secret.ts'

/**
 * Where to send: http or https, with a path. Without user (secrets stand in headers, not in logs of proxies) and fragment;
 * `query` says whether a query may stand there.
 */
export function httpAddress({ query }: { readonly query: boolean }) {
  return z
    .url({ protocol: /^https?$/, abort: true, error: 'expected an address like https://collector.example:8443/path' })
    .max(2000)
    .refine(text => URL.canParse(text) && new URL(text).username === '' && new URL(text).password === '', {
      error: 'an address without user and password: they belong into a header',
    })
    .refine(text => !text.includes('#'), { error: 'an address without a fragment' })
    .refine(text => query || !text.includes('?'), { error: 'an address without a query' })
}

export const clientTls = z
  .strictObject({
    ca: secret()
      .optional()
      .describe('Authorities that may have signed its certificate, PEM (default: those of Node.js)'),
    cert: secret().optional().describe('Certificate of this client with its chain, PEM'),
    key: secret().optional().describe('Its private key, PEM'),
    serverName: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Name in the certificate of the other side, when it is not the host of the address'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), { error: 'cert and key belong together' })

export type ClientTls = z.output<typeof clientTls>
