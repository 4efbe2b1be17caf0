/** What `npm run chaos` can be told. */
import { parseArgs } from 'node:util'

export interface ChaosOptions {
  readonly minutes: number
  readonly seed: number
  /** Exchanges per second of each capture, about. */
  readonly rate: number
  readonly captures: number
  readonly processes: number
  readonly partitions: number
  /** Seconds between two kills, on average; 0: none, and nothing else is disturbed either. */
  readonly killEvery: number
  readonly brokerStops: number
  /** Keep the files also of a run that passed. */
  readonly keep: boolean
}

export const HELP = `npm run chaos -- [OPTIONS]
Runs Tapwire on three Kafka brokers, kills its processes and restarts the brokers at random, and compares what came out with
an undisturbed run. The last line is the verdict; exit code 0: nothing lost, nothing twice.

  --minutes N        how long (default 10)
  --seed N           of the traffic and of the schedule (default: random, printed)
  --rate N           exchanges per second of each capture (default 250)
  --captures N       capturing processes, each with its own file (default 1)
  --processes N      processing processes to begin with (default 4)
  --partitions N     of every topic (default 8)
  --kill-every S     seconds between two kills on average (default 6; 0: an undisturbed run)
  --broker-stops N   brokers that are stopped and started again (default: one a minute, two at least)
  --keep             keep the files of the run, also when it passed
`

/** Null: help was asked for. Throws an error whose message says what is wrong. */
export function chaosOptions(args: readonly string[]): ChaosOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string' },
      rate: { type: 'string' },
      captures: { type: 'string' },
      processes: { type: 'string' },
      partitions: { type: 'string' },
      'kill-every': { type: 'string' },
      'broker-stops': { type: 'string' },
      keep: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return null
  const number = (name: Exclude<keyof typeof values, 'keep' | 'help'>, given: number, least: number): number => {
    const value = Number(values[name] ?? given)
    if (values[name] === '' || !(value >= least)) throw new Error(`--${name}: expected a number from ${least}`)
    return value
  }
  const whole = (name: Parameters<typeof number>[0], given: number, least: number): number => {
    const value = number(name, given, least)
    if (!Number.isSafeInteger(value)) throw new Error(`--${name}: expected a whole number`)
    return value
  }
  const minutes = number('minutes', 10, 0.25)
  return {
    minutes,
    seed: whole('seed', Math.floor(Math.random() * 1e6), 0),
    rate: whole('rate', 250, 1),
    captures: whole('captures', 1, 1),
    processes: whole('processes', 4, 2),
    partitions: whole('partitions', 8, 1),
    killEvery: number('kill-every', 6, 0),
    brokerStops: whole('broker-stops', Math.max(2, Math.floor(minutes)), 0),
    keep: values.keep === true,
  }
}
