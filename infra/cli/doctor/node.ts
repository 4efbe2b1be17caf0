/** What a node needs from this machine under its configuration: a place for the log, and a port. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { holderOf } from '#infra/bus/embedded/owner.ts'
import { type Listen, parseListen } from '#schemas/config/telemetry.ts'
import { amount, type Diagnosis, fail, ok, warn } from './check.ts'

/** The log's directory, which need not exist yet. `reserve`: bytes that must stay free. */
export function checkDirectory(directory: string, reserve: number): readonly Diagnosis[] {
  const check = 'data'
  const place = nearestExisting(directory)
  try {
    if (!statSync(place).isDirectory()) return [fail(check, `${place} is no directory: set log.directory`)]
    accessSync(place, constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return [fail(check, `${place} cannot be written (${code}): give this user access, or set log.directory`)]
  }
  const note = place === directory ? '' : ', will be made'
  return [ok(check, `${directory}${note}`), checkSpace(place, reserve), checkOwner(directory)]
}

function checkSpace(place: string, reserve: number): Diagnosis {
  const { bavail, bsize } = statfsSync(place)
  const free = bavail * bsize
  if (free < reserve) {
    const least = amount(reserve)
    return fail('space', `${amount(free)} free, less than log.reserveBytes (${least}): producers would wait at once`)
  }
  if (free < 2 * reserve) return warn('space', `${amount(free)} free: producers wait below ${amount(reserve)}`)
  return ok('space', `${amount(free)} free`)
}

function checkOwner(directory: string): Diagnosis {
  const holder = existsSync(directory) ? holderOf(directory) : null
  if (holder === null) return ok('lock', 'nobody has the log open')
  const { pid, host, since } = holder
  return warn('lock', `process ${pid} on ${host} has the log since ${since}: stop it before another one is started`)
}

function nearestExisting(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : nearestExisting(dirname(path))
}

/** `listen` as in the configuration. */
export async function checkPort(listen: string | false): Promise<Diagnosis> {
  const check = 'telemetry'
  const address = listen === false ? null : parseListen(listen)
  if (address === null) return ok(check, 'off')
  const code = await refusalOf(address)
  if (code === null) return ok(check, `${listen} is free`)
  return fail(check, `${listen} cannot be used (${code}): stop what listens there, or set telemetry.listen`)
}

/** Why nothing can listen there; null when something can. */
function refusalOf({ host, port }: Listen): Promise<string | null> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message))
    server.listen(port, host, () => server.close(() => resolve(null)))
  })
}
