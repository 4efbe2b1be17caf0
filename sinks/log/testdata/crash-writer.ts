/** Child of crash.test.ts: writes batches until it is killed, and says on stdout which it was told are written. */
import { writeSync } from 'node:fs'
import log from '#sinks/log/index.ts'
import { detection } from '#test/driver/records.ts'

const [directory = '.'] = process.argv.slice(2)
const config = log.config.parse({ path: 'out.jsonl', rotate: { bytes: 50_000, keep: 10_000 } })
const sink = await log.open(config, { stdout: process.stdout, directory })
const { signal } = new AbortController()
for (let batch = 0; ; batch++) {
  const records = Array.from({ length: 1 + (batch % 40) }, (_, i) => ({
    topic: 'detections' as const,
    value: detection({ id: `${batch}.${i}` }),
  }))
  await sink.write(records, signal)
  writeSync(1, `${batch}\n`)
}
