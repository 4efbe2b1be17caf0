/** What tshark makes of a capture: which response it says answers which request. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface Pair {
  /** Target of the request. */
  readonly target: string
  /** The field `Server` of the response; null when it has none for this request. */
  readonly server: string | null
}

type Layer = Readonly<Record<string, unknown>>

/** It waits for segments that come late, as we do, and does not check that what it prints was in order. */
const OPTIONS = ['-o', 'tcp.reassemble_out_of_order:TRUE', '--no-duplicate-keys', '-J', 'http', '-T', 'json']
const MOST_OUTPUT = 256 * 1024 * 1024

/** The requests of `path`, in the order of their frames. */
export async function tsharkPairs(program: string, path: string): Promise<readonly Pair[]> {
  const { stdout } = await promisify(execFile)(program, ['-r', path, '-Y', 'http', ...OPTIONS], {
    maxBuffer: MOST_OUTPUT,
  })
  const frames = JSON.parse(stdout) as readonly { _source: { layers: { http?: Layer | readonly Layer[] } } }[]
  const layers = frames.flatMap(({ _source }) => _source.layers.http ?? [])
  const answers = new Map<string, string>()
  for (const layer of layers) {
    const uri = layer['http.response_for.uri']
    const server = layer['http.server']
    if (typeof uri === 'string' && typeof server === 'string') answers.set(targetOf(uri), server)
  }
  return layers.flatMap(layer => {
    const uri = layer['http.request.full_uri']
    if (typeof uri !== 'string') return []
    return [{ target: targetOf(uri), server: answers.get(targetOf(uri)) ?? null }]
  })
}

/** Of `http://host/path?query`. */
function targetOf(uri: string): string {
  return uri.replace(/^http:\/\/[^/]*/, '')
}
