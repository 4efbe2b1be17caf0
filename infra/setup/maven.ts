/** Java libraries from the repositories that this machine's Maven knows. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SetupFailure } from './failure.js'
import { withLock } from './lock.js'
import { programPath } from './program.ts'

export interface Artifact {
  readonly group: string
  readonly name: string
  readonly version: string
  /** `group:name` of what it must not bring along. */
  readonly without?: readonly string[]
}

/**
 * Puts the jars of the artifacts and of all they need at run time into `folder`. The folder appears when it is complete: a
 * download that was cut off is thrown away by the next one. Throws `SetupFailure` with Maven's reason.
 */
export async function fetchJars(folder: string, artifacts: readonly Artifact[]): Promise<void> {
  const maven = programPath('mvn')
  if (maven === null || programPath('java') === null) throw new SetupFailure('it needs the parts java and maven')
  await withLock(dirname(folder), 'maven', async () => {
    const unfinished = `${folder}.unfinished`
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { recursive: true })
    const project = join(unfinished, 'pom.xml')
    writeFileSync(project, projectOf(artifacts))
    // -U: Maven remembers for a day what it once could not fetch, and would not try again.
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`]
    const words = ['-B', '-q', '-U', '-Dstyle.color=never', '-f', project, ...goal]
    const { status, stdout, stderr } = spawnSync(maven, words, { encoding: 'utf8' })
    if (status !== 0) throw new SetupFailure(`Maven could not fetch it: ${reason(stdout + stderr)}`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(unfinished, folder)
  })
}

function projectOf(artifacts: readonly Artifact[]): string {
  const identity = '<modelVersion>4.0.0</modelVersion><groupId>tapwire</groupId><artifactId>set-up</artifactId>'
  return `<project>${identity}<version>1</version><packaging>pom</packaging><dependencies>
${artifacts.map(dependency).join('\n')}
</dependencies></project>\n`
}

function dependency({ group, name, version, without = [] }: Artifact): string {
  const exclusions = without.map(other => {
    const [groupId, artifactId] = other.split(':')
    return `<exclusion><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId></exclusion>`
  })
  const place = `<groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version>`
  return `<dependency>${place}<exclusions>${exclusions.join('')}</exclusions></dependency>`
}

/** The first of Maven's error lines says what; the others say where to read on. */
function reason(output: string): string {
  return /^\[ERROR\] (.+)/m.exec(output)?.[1]?.slice(0, 300) ?? 'it gave no reason'
}
