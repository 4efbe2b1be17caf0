/** Brokers that somebody else runs, named by KAFKA_BROKERS. */
import { type Brokers, Unavailable, type Want } from './contract.ts'

/** Throws `Unavailable` when there are none, or when the test wants what strangers' brokers may not have. */
export function givenBrokers(want: Want): Brokers {
  const bootstrap = (process.env['KAFKA_BROKERS'] ?? '').split(',').filter(address => address !== '')
  if (bootstrap.length === 0) throw new Unavailable('KAFKA_BROKERS is not set')
  const special = want.secure || want.version !== undefined || want.settings !== undefined
  if (special)
    throw new Unavailable('the brokers of KAFKA_BROKERS are taken as they are: no version, settings or login')
  return { way: 'env', bootstrap, version: 'unknown', access: null }
}
