/** Kafka's own measuring tools, on the local JVM: the named baseline. */
import { text } from 'node:stream/consumers'
import type { KafkaLine } from '#infra/setup/kafka.ts'
import { spawnJava } from '#test/kafka/java.ts'

const HEAP = ['-Xms512m', '-Xmx1g']

async function output(line: KafkaLine, main: string, args: readonly string[]): Promise<string> {
  const child = spawnJava(line, HEAP, [`org.apache.kafka.tools.${main}`, ...args], ['ignore', 'pipe', 'pipe'])
  const [out, errors, code] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve)),
  ])
  if (code !== 0) throw new Error(`${main} ended with ${code}: ${errors}${out}`)
  return out
}

/** MB (10^6) a second of `kafka-producer-perf-test` with acks=all. */
export async function producerPerf(
  line: KafkaLine,
  bootstrap: readonly string[],
  topic: string,
  { records, recordBytes, properties = [] }: { records: number; recordBytes: number; properties?: readonly string[] },
): Promise<number> {
  const out = await output(line, 'ProducerPerformance', [
    ...['--topic', topic, '--num-records', String(records), '--record-size', String(recordBytes), '--throughput', '-1'],
    ...['--producer-props', `bootstrap.servers=${bootstrap.join(',')}`, 'acks=all', ...properties],
  ])
  const mib = /\(([\d.]+) MB\/sec\)/.exec(out.trim().split('\n').at(-1)!)
  if (mib === null) throw new Error(`ProducerPerformance printed: ${out}`)
  return (Number(mib[1]) * 1024 ** 2) / 1e6
}

/** MB (10^6) a second of `kafka-consumer-perf-test`, time to join the group not counted. */
export async function consumerPerf(
  line: KafkaLine,
  bootstrap: readonly string[],
  topic: string,
  records: number,
): Promise<number> {
  const out = await output(line, 'ConsumerPerformance', [
    ...['--bootstrap-server', bootstrap.join(','), '--topic', topic, '--timeout', '60000'],
    ...[line === '4' ? '--num-records' : '--messages', String(records)],
  ])
  const [names, values] = out
    .trim()
    .split('\n')
    .filter(row => row.includes(','))
    .slice(-2)
    .map(row => row.split(',').map(cell => cell.trim()))
  const mib = Number(values?.[names!.indexOf('fetch.MB.sec')])
  if (!(mib > 0)) throw new Error(`ConsumerPerformance printed: ${out}`)
  return (mib * 1024 ** 2) / 1e6
}
