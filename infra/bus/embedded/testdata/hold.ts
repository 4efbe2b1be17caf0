/** Child of owner.test.ts: opens the directory, says what came of it, and holds it until its standard input ends. */
import { openEmbedded } from '#infra/bus/embedded/index.ts'

const directory = process.argv[2]!
try {
  const limits = { maxBytes: 1 << 30, reserveBytes: 0 }
  const bus = await openEmbedded({ directory, partitions: 1, durability: 'process', limits })
  process.stdout.write('opened\n')
  process.stdin.resume()
  process.stdin.on('end', () => void bus[Symbol.asyncDispose]())
} catch (error) {
  process.stdout.write(`${error instanceof Error ? `${error.name}: ${error.message}` : error}\n`)
}
