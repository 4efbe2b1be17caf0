/** Tags that load what runs: scripts, plug-ins, documents, style sheets, animations of attributes. */
import type { Attribute, Tag } from './tags.ts'

/** Tags that load or embed something on their own; with one of these attributes. */
const LOADERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['script', ['src', 'href', 'xlink:href']],
  ['object', ['data', 'classid', 'code', 'codebase', 'type']],
  ['embed', ['src', 'code', 'type']],
  ['applet', ['code', 'codebase', 'archive', 'object']],
  ['base', ['href']],
  ['link', ['href']],
  ['frame', ['src']],
  ['iframe', ['srcdoc']],
  ['bgsound', ['src']],
  ['layer', ['src']],
  ['isindex', ['action', 'type', 'src', 'formaction']],
  ['?import', ['implementation', 'namespace']],
  ['import', ['implementation', 'src', 'href']],
  ['xml', ['src', 'id']],
  ['vmlframe', ['src']],
  ['include', ['href']],
])

/** Attributes of SVG and HTML+TIME whose animation runs script. */
const ANIMATED = /^(?:(?:xlink:)?href|on[a-z]+|src|action|formaction|srcdoc|innerhtml|values?|to)$/

/** The attribute with which the tag loads something that runs; null when there is none. */
export function loaderOf(tag: Tag, name: string): string | null {
  if (name === 'animate' || name === 'set') {
    const animated = tag.attributes.find(attribute => attribute.name === 'attributename')?.value?.toLowerCase()
    return animated !== undefined && ANIMATED.test(animated) ? 'attributename' : null
  }
  const loaders = LOADERS.get(tag.name) ?? LOADERS.get(name)
  const glued = loaders === undefined ? gluedLoader(name) : null
  if (glued !== null && tag.attributes[0]?.value !== undefined) return glued
  const loader = tag.attributes.find(attribute => attribute.value !== null && loaders?.includes(attribute.name))
  if (loader === undefined || (name === 'link' && isPlainLink(tag)) || isSmartTag(loader)) return null
  return loader.name
}

/** `<importimplementation=`: blanks that a filter dropped. */
function gluedLoader(name: string): string | null {
  const found =
    /^(import|script|iframe|object|embed|applet|base|link)(implementation|srcdoc|src|data|href|code|namespace)=?$/.exec(
      name,
    )
  return found === null ? null : found[2]!
}

/** What Word leaves in text that was copied from it. */
function isSmartTag({ name, value }: Attribute): boolean {
  return name === 'classid' && value?.toLowerCase() === 'clsid:38481807-ca0e-42d2-bf39-b33af135cc4d'
}

/** Links that load nothing active: canonical, icon, alternate and so on. */
function isPlainLink(tag: Tag): boolean {
  const rel = tag.attributes.find(attribute => attribute.name === 'rel')?.value?.toLowerCase()
  return rel !== undefined && !/stylesheet|import|preload|prefetch|serviceworker|manifest/.test(rel)
}
