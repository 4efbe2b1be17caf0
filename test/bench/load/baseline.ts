/**
 * What the benchmark is measured against: a plain loop over a pcap file in memory (µs, little-endian, Ethernet, IPv4) that
 * only cuts the client's bytes into requests. It takes for granted what a decoder may not: segments in order, a
 * Content-Length where there is a body, no bad input.
 */

const FILE_HEADER = 24
const RECORD_HEADER = 16
const ETHERNET = 14
const SERVER_PORT = 8088
const HEAD_END = Buffer.from('\r\n\r\n')
const LENGTH = Buffer.from('Content-Length: ')

export interface Walked {
  readonly packets: number
  readonly requests: number
  /** Where the record ended that brought the last request counted. */
  readonly end: number
}

interface Stream {
  /** Bytes of a request that has not ended. */
  rest: Buffer
}

/** Counts requests until there are `most`. */
export function splitRequests(file: Buffer, most = Number.POSITIVE_INFINITY): Walked {
  const streams = new Map<number, Stream>()
  let packets = 0
  let requests = 0
  let at = FILE_HEADER
  while (at + RECORD_HEADER <= file.length && requests < most) {
    const start = at + RECORD_HEADER
    at = start + file.readUInt32LE(at + 8)
    packets++
    const ip = start + ETHERNET
    const tcp = ip + (file[ip]! & 15) * 4
    if (file.readUInt16BE(tcp + 2) !== SERVER_PORT) continue
    const payload = file.subarray(tcp + (file[tcp + 12]! >> 4) * 4, ip + file.readUInt16BE(ip + 2))
    if (payload.length > 0) requests += split(streams, file.readUInt16BE(tcp), payload)
  }
  return { packets, requests, end: at }
}

function split(streams: Map<number, Stream>, port: number, payload: Buffer): number {
  let stream = streams.get(port)
  if (stream === undefined) streams.set(port, (stream = { rest: Buffer.alloc(0) }))
  let bytes = stream.rest.length === 0 ? payload : Buffer.concat([stream.rest, payload])
  let requests = 0
  for (;;) {
    const head = bytes.indexOf(HEAD_END)
    if (head < 0) break
    const field = bytes.indexOf(LENGTH)
    const body =
      field < 0 || field > head ? 0 : Number.parseInt(bytes.toString('latin1', field + LENGTH.length, field + 32), 10)
    if (bytes.length < head + HEAD_END.length + body) break
    bytes = bytes.subarray(head + HEAD_END.length + body)
    requests++
  }
  stream.rest = bytes
  return requests
}
