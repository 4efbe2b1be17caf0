/** Classes by which serialized streams of Java run code, by their simple names. */
const GADGETS = `
  clonetransformer forclosure whileclosure instantiatefactory instantiatetransformer invokertransformer chainedtransformer constanttransformer
  prototypeclonefactory prototypeserializationfactory annotationinvocationhandler badattributevalueexpexception tiedmapentry lazymap
  transformedmap transformingcomparator beancomparator jdbcrowsetimpl templatesimpl hotswappabletargetsource classpathxmlapplicationcontext
  objectbean tostringbean equalsbean methodclosure convertedclosure unicastremoteobject remoteobjectinvocationhandler trax trafilter
  jndirowsetfactory lookupreferencefactory bcelclassloader basicdatasource invokerhandler
`
  .trim()
  .split(/\s+/)

export const GADGET_NEEDLES: readonly string[] = GADGETS.filter(name => name.length > 6)

/** Names that are words of other programs too: only as the whole value. */
const BARE = new Set(['xmldecoder', 'filewriter', 'getproperty', 'processbuilder'])

export const BARE_NEEDLES: readonly string[] = [...BARE]

const KEYS_OF_CALLS = /^(?:method|function|op|action|operation|name|event|type|call)$/i

/** The gadget that a terse value names, or null. */
export function gadgetIn(lower: string, point: readonly string[]): string | null {
  const found = GADGET_NEEDLES.find(name => lower.includes(name))
  if (found !== undefined) return found
  const whole = lower.trim()
  return BARE.has(whole) && !KEYS_OF_CALLS.test(point.at(-1) ?? '') ? whole : null
}
