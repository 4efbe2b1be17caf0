/**
 * The filter as one Lua source, for the configuration of Envoy.
 *
 * `msgpack` and `rrasync` may come from files that are mounted where LuaJIT looks for modules; what else it consists of is
 * always in the source.
 */
import { readFileSync } from 'node:fs'

/** Modules and their files, those first that others need. */
const OWN = ['settings', 'choice', 'trace', 'address', 'metadata', 'message', 'body', 'half', 'outbox', 'worker'].map(
  name => [`tapwire.${name}`, `tapwire/${name}.lua`] as const,
)
export const MOUNTED = [
  ['msgpack', 'msgpack/init.lua'],
  ['rrasync', 'rrasync/init.lua'],
] as const
const ENTRY = ['tapwire', 'tapwire/init.lua'] as const

/** As in tapwire/settings.lua, which holds the defaults. */
export type FilterSettings = Readonly<Record<string, string | number | false | readonly string[]>>

export interface BundleOptions {
  readonly settings: FilterSettings
  /** `msgpack` and `rrasync` are mounted: leave them out. */
  readonly mounted?: boolean
}

/** Settings first, as users edit them. A module that cannot be loaded leaves Envoy without the filter, not without its listener. */
export function bundle({ settings, mounted = false }: BundleOptions): string {
  const modules = [...(mounted ? [] : MOUNTED), ...OWN, ENTRY]
  return `${[
    `local settings = ${luaTable(settings)}`,
    ...modules.map(([name, file]) => `package.preload['${name}'] = function()\n${sourceOf(file)}end`),
    "local found, tapwire = pcall(require, 'tapwire')",
    "if found then tapwire.install(settings) else io.stderr:write('tapwire: ', tapwire, ': nothing is mirrored\\n') end",
  ].join('\n')}\n`
}

/** Text of one of the Lua files of this folder. */
export function sourceOf(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
}

function luaTable(settings: FilterSettings): string {
  const lines = Object.entries(settings).map(([name, value]) => `  ${name} = ${luaValue(value)},\n`)
  return `{\n${lines.join('')}}`
}

function luaValue(value: FilterSettings[string]): string {
  if (typeof value === 'object') return `{ ${value.map(luaValue).join(', ')} }`
  return typeof value === 'string' ? luaString(value) : String(value)
}

/** Bytes that are not plain are written as decimal escapes, which Lua 5.1 knows. */
function luaString(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), byte =>
    byte < 0x20 || byte > 0x7e || byte === 0x27 || byte === 0x5c
      ? `\\${String(byte).padStart(3, '0')}`
      : String.fromCharCode(byte),
  )
  return `'${bytes.join('')}'`
}
