// One set-up at a time, also across processes.
//
// The lock is a file that names its holder's process id; it appears with its content (link). A lock whose holder is dead is
// removed under a second lock, a directory held for microseconds: between "the holder is dead" and the removal nobody else
// can have removed it, so a lock that somebody took in between is never removed by mistake.
import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, SetupFailure } from './failure.js'

const POLL_MS = 100

/**
 * @template T
 * @param {string} cache folder of the lock
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {(line: string) => void} [tell]
 * @returns {Promise<T>}
 */
export async function withLock(cache, name, work, tell = line => process.stderr.write(line)) {
  try {
    mkdirSync(cache, { recursive: true })
  } catch (error) {
    throw new SetupFailure(`cannot write to ${cache} (${codeOf(error)}): give this user write access to the checkout`)
  }
  const lock = join(cache, `${name}.lock`)
  let told = false
  while (!take(lock)) {
    const holder = holderOf(lock)
    if (holder !== null && !alive(holder)) removeDead(lock)
    else if (holder !== null && !told) {
      told = true
      tell(`tapwire: waiting for another set-up (process ${holder}, ${lock})\n`)
    }
    await sleep(POLL_MS)
  }
  try {
    return await work()
  } finally {
    unlinkSync(lock)
  }
}

/** @param {string} lock */
function take(lock) {
  const mine = `${lock}.${process.pid}`
  writeFileSync(mine, `${process.pid}\n`)
  try {
    linkSync(mine, lock)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(mine, { force: true })
  }
}

/**
 * Null when the lock was given back meanwhile.
 * @param {string} lock
 */
function holderOf(lock) {
  try {
    return Number.parseInt(readFileSync(lock, 'utf8'), 10)
  } catch {
    return null
  }
}

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** @param {string} lock */
function removeDead(lock) {
  const guard = `${lock}.removing`
  try {
    mkdirSync(guard)
  } catch {
    return // somebody else is at it
  }
  const holder = holderOf(lock)
  if (holder !== null && !alive(holder)) unlinkSync(lock)
  rmdirSync(guard)
}
