/** Finds components by their folders: the presence of `<layer>/<name>/index.ts` registers one. */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ComponentSpec } from '#schemas/contracts/component.ts'
import type { ProcessorSpec } from '#schemas/contracts/processor.ts'
import type { ProducerSpec } from '#schemas/contracts/producer.ts'
import type { SinkSpec } from '#schemas/contracts/sink.ts'

/** The package's own folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export type AnyProducer = ProducerSpec<unknown>
export type AnyProcessor = ProcessorSpec<unknown, unknown, unknown>
export type AnySink = SinkSpec<unknown, unknown>

export interface Processors {
  readonly processors: ReadonlyMap<string, AnyProcessor>
  /** By processor: the default exports of the folders it names in `parts`. */
  readonly parts: ReadonlyMap<string, Readonly<Record<string, readonly unknown[]>>>
}

export interface Components extends Processors {
  readonly producers: ReadonlyMap<string, AnyProducer>
  readonly sinks: ReadonlyMap<string, AnySink>
}

export async function loadComponents(root = ROOT): Promise<Components> {
  const [producers, { processors, parts }, sinks] = await Promise.all([
    loadLayer<AnyProducer>(root, 'producers'),
    loadProcessors(root),
    loadLayer<AnySink>(root, 'sinks'),
  ])
  return { producers, processors, sinks, parts }
}

/** What a worker thread needs of them. */
export async function loadProcessors(root = ROOT): Promise<Processors> {
  const processors = await loadLayer<AnyProcessor>(root, 'processors')
  const parts = new Map<string, Readonly<Record<string, readonly unknown[]>>>()
  for (const [name, spec] of processors) {
    const own: Record<string, readonly unknown[]> = {}
    for (const [part, folder] of Object.entries(spec.parts ?? {})) {
      own[part] = [...(await importFolders(join(root, 'processors', name, folder))).values()]
    }
    parts.set(name, own)
  }
  return { processors, parts }
}

async function loadLayer<Spec extends ComponentSpec<unknown>>(
  root: string,
  layer: string,
): Promise<ReadonlyMap<string, Spec>> {
  const found = await importFolders(join(root, layer))
  for (const [folder, spec] of found) {
    const { kind, name } = spec as Partial<ComponentSpec<unknown>>
    if (`${kind}s` !== layer || name !== folder) {
      throw new Error(`${layer}/${folder}/index.ts must export a ${layer.slice(0, -1)} named ${folder} by default`)
    }
  }
  return found as ReadonlyMap<string, Spec>
}

/** Default exports of `<folder>/<name>/index.ts` (or .js in the published package), sorted by name. */
async function importFolders(folder: string): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>()
  if (!existsSync(folder)) return found
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory()) continue
    const file = ['index.ts', 'index.js'].map(name => join(folder, entry.name, name)).find(existsSync)
    if (file === undefined) continue
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown }
    if (module.default === undefined) throw new Error(`${file} has no default export`)
    found.set(entry.name, module.default)
  }
  return found
}
