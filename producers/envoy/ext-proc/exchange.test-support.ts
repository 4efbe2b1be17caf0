/** One exchange as Envoy tells it over ext_proc, and what came of it. */
import type { MessageHalf, RequestHalf, ResponseHalf } from '#schemas/records/message.ts'
import {
  attributes,
  type ExtProcStream,
  OBSERVED,
  requestBody,
  requestHeaders,
  responseBody,
  responseHeaders,
  responseTrailers,
  type Said,
} from '#test/driver/ext-proc.ts'
import type { Seen } from '../ingest.test-support.ts'

export const GET = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'shop.example'],
  [':path', '/etc/passwd?a=1'],
  ['user-agent', 'curl'],
] as const
export const POST = [[':method', 'POST'], ...GET.slice(1)] as const
export const OK = [
  [':status', '200'],
  ['server', 'app'],
] as const

export const say = ({ call }: ExtProcStream, ...parts: readonly Said[]): void => {
  for (const part of parts) call.write(part)
}
export const observed = (parts: readonly Said[]): readonly Said[] => parts.map(part => ({ ...part, ...OBSERVED }))
export const requestIn = ({ halves }: Seen): RequestHalf => halves.find(half => half.half === 'request') as RequestHalf
export const responseIn = ({ halves }: Seen): ResponseHalf =>
  halves.find(half => half.half === 'response') as ResponseHalf
export const both = ({ halves }: Seen): boolean => halves.length === 2
export const text = ({ body }: MessageHalf): string => Buffer.from(body).toString()

export const WHOLE = [
  { ...requestHeaders(POST), ...attributes({ 'source.address': '203.0.113.7:50123', 'xds.route_name': 'shop' }) },
  requestBody('one '),
  requestBody('two', true),
  { ...responseHeaders(OK), ...attributes({ 'upstream.address': '10.0.0.5:8080' }) },
  responseBody('answer'),
  responseTrailers([['x-checked', 'yes']]),
]

/** Polls; the runner's patience is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 1))
}
