/** Fuzz target: any text as a multipart body, with boundaries given in several ways. */
import multipart from '#processors/detect/decoders/multipart/index.ts'
import { decoderSeeds, decoderTarget, type Place } from './run/decoder.ts'

const PLACES: readonly Place[] = [
  'multipart/form-data; boundary=B',
  'multipart/form-data; boundary=B; boundary="C"',
  'multipart/mixed; boundary*=utf-8\'\'B; boundary*0="C"',
  'multipart/form-data',
  'text/plain',
].map(type => ({ point: ['post'], type }))

export default decoderTarget(multipart, PLACES)

export const dictionary: readonly string[] = [
  '--B\r\n',
  '\r\n--B\r\n',
  '\r\n--B--',
  '\n--C\n',
  'Content-Disposition: form-data; name="a"',
  '; filename="b.txt"',
  "; filename*=utf-8''%c3%a9",
  '; filename*0="a"',
  'Content-Type: multipart/mixed; boundary=C',
  'Content-Type: text/plain; charset=utf-7',
  'Content-Transfer-Encoding: base64',
  'Content-Transfer-Encoding: quoted-printable',
  '_charset_',
  'ibm037',
  '+ADw-',
  '=3D=\r\n',
  '\r\n\r\n',
]

export function seeds(): readonly Uint8Array[] {
  const part = (head: string, content: string) => `--B\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`
  return decoderSeeds(PLACES, [
    `${part('name="a"', 'x')}${part('name="f[]"; filename="a.txt"', 'y')}--B--\r\n`,
    `--B\nContent-Type: multipart/mixed; boundary=C\n\n--C\n\n1\n--C--\n--B--`,
    `${part('name="_charset_"', 'utf-7')}${part('name="a"', '+ADw-script+AD4-')}--B--`,
    `--B\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; name=q\r\n\r\n=3Cb=3E=\r\n\r\n--B--`,
  ])
}
