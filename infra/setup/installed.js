// Are the dependencies those of the lock file? Asked at every start, so it reads two small files at most.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Inside node_modules, because `npm ci` deletes that first: a set-up that was cut off leaves no stamp. */
const STAMP = 'node_modules/.tapwire-stamp'

/** Addons are built for a machine and an ABI. */
const MACHINE = `${process.platform}-${process.arch} abi ${process.versions.modules}`

/**
 * True when node_modules holds what package-lock.json asks for, for this Node and machine.
 * @param {string} root
 */
export function inPlace(root) {
  const [lock = '', machine = ''] = read(join(root, STAMP)).split('\n')
  if (machine !== '' && machine !== MACHINE) return false
  if (lock !== '' && lock === lockHash(root)) return true
  if (!npmInstalledIt(root)) return false
  stamp(root)
  return true
}

/** @param {string} root */
export function stamp(root) {
  try {
    writeFileSync(join(root, STAMP), `${lockHash(root)}\n${MACHINE}\n`)
  } catch {
    // A read-only checkout: the next start compares the lock files again.
  }
}

/** @param {string} root */
function lockHash(root) {
  return createHash('sha256')
    .update(read(join(root, 'package-lock.json')))
    .digest('hex')
}

/**
 * Somebody ran npm by hand: its own record of what it installed agrees with the lock file.
 * @param {string} root
 */
function npmInstalledIt(root) {
  const asked = packages(join(root, 'package-lock.json'))
  const have = packages(join(root, 'node_modules/.package-lock.json'))
  for (const [path, entry] of asked) {
    if (path === '') continue
    const found = have.get(path)
    if (found ? found.version !== entry.version : !entry.optional) return false
  }
  return have.size > 0
}

/**
 * @param {string} file a lock file of npm
 * @returns {Map<string, { version?: string, optional?: boolean }>}
 */
function packages(file) {
  const text = read(file)
  return new Map(Object.entries(text === '' ? {} : JSON.parse(text).packages))
}

/**
 * @param {string} file
 * @returns {string} its text, empty when it cannot be read
 */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
