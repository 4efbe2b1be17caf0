import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { Refused } from '#schemas/contracts/errors.ts'
import type { ProducerSpec } from '#schemas/contracts/producer.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { FrameLines, START } from './frame-lines.ts'

const config = z.strictObject({
  path: z.string().min(1).describe('Text file with one captured Ethernet frame per line, in hexadecimal digits'),
  limits: z
    .strictObject({
      fileBytes: z
        .int()
        .min(1)
        .max(1024 ** 3)
        .default(16 * 1024 ** 2)
        .describe('Longest file; a longer one is refused'),
    })
    .prefault({})
    .describe('Bounds on memory: the file is read at once'),
})

/** The file's text, its length looked at before anything is read. */
async function readBounded(path: string, directory: string, most: number): Promise<string> {
  try {
    await using file = await open(resolve(directory, path))
    const { size } = await file.stat()
    if (size > most) throw new Refused('too-big', `${path}: ${size} bytes, more than limits.fileBytes (${most})`)
    return await file.readFile('latin1')
  } catch (error) {
    if (error instanceof Refused) throw error
    const code = (error as NodeJS.ErrnoException).code
    throw new Refused('unreadable', `${path}: cannot be read (${code}): check the path and its permissions`)
  }
}

export default {
  kind: 'producer',
  name: 'example',
  summary: 'Reads frames from a text file of hexadecimal digits',
  config,
  source: ({ path }) => path,
  async open({ path, limits }, host) {
    const text = await readBounded(path, host.directory, limits.fileBytes)
    const position = host.position == null ? START : z.object({ line: z.int(), time: z.number() }).parse(host.position)
    const segmenter = new Segmenter({
      sensor: host.sensor,
      capture: 'example',
      source: path,
      partitions: host.partitions,
      flowHashKey: host.flowHashKey,
      batchBytes: host.batchBytes,
      time: position.time,
      wire: host.wire,
    })
    return new FrameLines(path, text, position, segmenter, host.batchBytes)
  },
} satisfies ProducerSpec<z.infer<typeof config>>
