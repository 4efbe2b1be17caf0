/** Fuzz target: any bytes as the state of an ASP.NET page. */
import viewstate from '#processors/detect/decoders/viewstate/index.ts'
import { decoderTarget } from './run/decoder.ts'

const decode = decoderTarget(viewstate, [{ point: ['post', 'form_urlencoded', '__VIEWSTATE'] }])

export default function viewstateTarget(data: Uint8Array): void {
  const state = Buffer.concat([Buffer.from([0xff, 1]), data.subarray(2)]).toString('base64')
  decode(Buffer.concat([data.subarray(0, 2), Buffer.from(state)]))
}

export const dictionary: readonly string[] = [
  '\x05\x01a',
  '\x0f',
  '\x10',
  '\x16\x02',
  '\x15\x02',
  '\x17\x01',
  '\x3c\x29\x01T\x02\x01',
  '\x14\x29\x01T\x02',
  '\x2b\x00',
  '\x32\x02ab',
  '\x64',
  '\xff\xff\xff\xff\x0f',
]

export function seeds(): readonly Uint8Array[] {
  const states = [
    '\x0f\x05\x03abc\x64',
    '\x16\x02\x17\x01\x05\x01k\x05\x01v\x15\x01\x01s',
    '\x3c\x29\x01T\x02\x01\x07\x28\x2b\x00\x01f',
  ]
  return states.map(state => Buffer.from(`\0\0${state}`, 'latin1'))
}
