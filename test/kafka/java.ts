/** Programs of the Kafka distribution on the local JVM. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type KafkaLine, kafkaFolder } from '#infra/setup/kafka.ts'
import { programPath } from '#infra/setup/program.ts'
import { Unavailable } from './contract.ts'

/** Started quickly and small: no second compiler, no collector threads. Not for measuring. */
export const SMALL = ['-Xms128m', '-Xmx320m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']

const LOGGING = ['defaultLogLevel=warn', 'log.kafka.server.KafkaRaftServer=info', 'showDateTime=true'].map(
  setting => `-Dorg.slf4j.simpleLogger.${setting}`,
)

/** Throws `Unavailable` when this machine has no Java or not the jars of that line. */
export function checkJava(line: KafkaLine): void {
  if (programPath('java') !== null && existsSync(kafkaFolder(line))) return
  throw new Unavailable(`no java or no Kafka ${line} in .tapwire/kafka (npm run setup installs both)`)
}

/**
 * Starts `main` of the jars of that line. On Linux the kernel kills it when this process ends, however it ends (setpriv);
 * elsewhere `sweepFolders` does at the next start.
 */
export function spawnJava(
  line: KafkaLine,
  options: readonly string[],
  [main, ...args]: readonly [string, ...string[]],
  stdio: SpawnOptions['stdio'],
): ChildProcess {
  const words = [...options, '-XX:-UsePerfData', ...LOGGING, '-cp', join(kafkaFolder(line), '*'), main, ...args]
  const java = programPath('java')!
  const setpriv = programPath('setpriv')
  if (setpriv === null) return spawn(java, words, { stdio })
  return spawn(setpriv, ['--pdeathsig', 'KILL', java, ...words], { stdio })
}
