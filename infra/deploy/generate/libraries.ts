/** ConfigMaps of the Lua libraries, mounted where LuaJIT looks for modules. */
import { MOUNTED, sourceOf } from '#producers/envoy/lua/bundle.ts'
import { block, made } from './text.ts'

type Library = (typeof MOUNTED)[number][0]

/** Names that pods already mount: changing one would break them. */
const NAMES: Readonly<Record<Library, string>> = { msgpack: 'lua-msgpack-lib', rrasync: 'rr-async-packed' }
const FILES: Readonly<Record<Library, string>> = {
  msgpack: 'tapwire-cm-lua-mpack-lib.yaml',
  rrasync: 'tapwire-cm-lua-rrasync.yaml',
}

/** File name and text of each. */
export function libraryManifests(): readonly (readonly [file: string, text: string])[] {
  return MOUNTED.map(([library, path]) => {
    // The mount point is the library's own folder.
    const key = path.slice(library.length + 1)
    const text = `${made(`producers/envoy/lua/${path}`)}\
# Mounted at /usr/local/share/lua/5.1/${library} of the container istio-proxy.
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${NAMES[library]}
  namespace: istio-system
  labels:
    app.kubernetes.io/part-of: tapwire
data:
  ${key}: ${block(sourceOf(path), 2)}`
    return [FILES[library], text]
  })
}
