/** Manifests as they stand in a folder: every document of every YAML file. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata?: {
    readonly name?: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec?: unknown
  readonly [key: string]: unknown
}

/** Path below the folder, and what stands there. */
export interface Placed {
  readonly path: string
  readonly manifest: Manifest
}

/** Throws when a file is not YAML as Kubernetes reads it (1.1: `on` and `0440` are no strings). */
export function readManifests(folder: string, pattern = '**/*.yaml'): readonly Placed[] {
  return globSync(pattern, { cwd: folder })
    .toSorted()
    .flatMap(path => documents(path, readFileSync(join(folder, path), 'utf8')))
}

function documents(path: string, text: string): Placed[] {
  return parseAllDocuments(text, { version: '1.1', uniqueKeys: true }).flatMap(document => {
    const [error] = document.errors
    if (error !== undefined) throw new Error(`${path}: ${error.message}`)
    const manifest = document.toJS() as Manifest | null
    return manifest === null ? [] : [{ path, manifest }]
  })
}
