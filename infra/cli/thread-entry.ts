/**
 * A thread does not inherit the compile cache of its parent, and stripping the types of every module again takes longer
 * than a small capture: so it turns the cache on first and imports its work then. Nothing may import this file: it waits
 * for its own imports.
 */
import module from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadMain, ThreadStart } from './thread.ts'

const start = workerData as ThreadStart
if (start.compileCache !== undefined) module.enableCompileCache(start.compileCache)
const { main } = (await import(start.module)) as { readonly main: ThreadMain }
await main(start.data, parentPort!)
