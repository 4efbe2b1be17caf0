/** Functions of the Envoy filter in LuaJIT as Debian has it, outside of Envoy; and @msgpack/msgpack, in which one talks to them. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { decodeMulti, encode } from '@msgpack/msgpack'
import { programPath } from '#infra/setup/program.ts'

const FOLDER = fileURLToPath(new URL('../../producers/envoy/lua/', import.meta.url))
/** Where `require` finds the modules, as the mounts do in a proxy. */
export const LUA_PATH = `${FOLDER}?.lua;${FOLDER}?/init.lua`

export const pack = (value: unknown): Uint8Array => encode(value)

/** Values one after another. */
export const unpack = (bytes: Uint8Array): readonly unknown[] => [...decodeMulti(bytes)]

/** The results, packed, of function `name` of testdata/run.lua for each of the argument lists that `input` holds, packed. */
export function runPacked(name: string, input: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync(programPath('luajit')!, [`${FOLDER}testdata/run.lua`, name], {
    input,
    env: { LUA_PATH },
    maxBuffer: 1024 ** 3,
  })
  if (status !== 0) throw new Error(`luajit: ${stderr.toString()}`)
  return stdout
}

export function run(name: string, calls: readonly (readonly unknown[])[]): readonly unknown[] {
  return unpack(runPacked(name, Buffer.concat(calls.map(pack))))
}
