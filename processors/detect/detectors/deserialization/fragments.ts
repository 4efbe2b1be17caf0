/**
 * Names of classes inside of binary data in base64. Three bytes become four characters, so a name shows in one of three ways,
 * whichever its distance from the start of the data; the first and last characters depend on the neighbours and are left out.
 */

import { Sieve } from '../../sieve.ts'

export interface Fragment {
  /** As it stands in base64: the case of letters counts. */
  readonly text: string
  /** What it is a part of. */
  readonly name: string
  /** Too short to be sure of inside of other data: only a value that is about as short counts. */
  readonly alone: boolean
}

/** Classes and functions that serialized objects of Java, Python, Ruby, .NET and PHP use to run code. */
const NAMES = [
  ...[
    'InvokerTransformer',
    'InstantiateTransformer',
    'InstantiateFactory',
    'CloneTransformer',
    'ForClosure',
    'WhileClosure',
    'ChainedTransformer',
  ],
  ...[
    'ConstantTransformer',
    'PrototypeCloneFactory',
    'PrototypeSerializationFactory',
    'AnnotationInvocationHandler',
    'TiedMapEntry',
  ],
  ...[
    'BadAttributeValueExpException',
    'TemplatesImpl',
    'JdbcRowSetImpl',
    'java.lang.Runtime',
    'java/lang/Runtime',
    'ProcessBuilder',
  ],
  ...[
    'PriorityQueue',
    'BeanComparator',
    'MethodClosure',
    'ClassPathXmlApplicationContext',
    'UnicastRef',
    'XMLDecoder',
    'FileWriter',
  ],
  ...['posix\nsystem', 'os\nsystem', 'subprocess', '__builtin__', 'builtins', '__reduce__', 'nt\nsystem'],
  ...[
    'ObjectDataProvider',
    'TypeConfuseDelegate',
    'System.Diagnostics',
    'System.Management.Automation',
    'WindowsIdentity',
    'XamlReader',
  ],
  ...[
    'TextFormattingRunProperties',
    'ActivitySurrogate',
    'Gem::Requirement',
    'Gem::Installer',
    'Gem::SpecFetcher',
    'DeprecatedInstanceVariableProxy',
  ],
  ...['Net::WriteAdapter', 'Illuminate\\', 'GuzzleHttp\\'],
  ...['_$$ND_FUNC$$_', 'child_process'],
]

/** Words in lower case that name such classes in filters and scripts; by themselves they are the whole value. */
const LOWER = [
  ...[
    'runtime',
    'processbuilder',
    'clonetransformer',
    'forclosure',
    'instantiatefactory',
    'instantiatetransformer',
    'invokertransformer',
  ],
  ...[
    'prototypeclonefactory',
    'prototypeserializationfactory',
    'whileclosure',
    'getproperty',
    'filewriter',
    'xmldecoder',
  ],
]

/** Long enough to be no coincidence in megabytes of random base64. */
const SURE = 9

/** The sieve tells groups of fragments apart, so that only those of a group that occurs are looked for. */
const GROUPS = 31

const FRAGMENTS: readonly Fragment[] = [
  ...NAMES.flatMap(name => fragmentsOf(name)),
  ...LOWER.flatMap(name => fragmentsOf(name).map(one => ({ ...one, alone: true }))),
].filter(({ text }) => text.length >= 6 && !text.includes('+'))

/** Lower case: the sieve does not tell. */
export const FRAGMENT_NEEDLES: readonly string[] = [...new Set(FRAGMENTS.map(({ text }) => text.toLowerCase()))]

const sieve = new Sieve(
  FRAGMENTS.map(({ text }, i) => ({ text: text.toLowerCase(), word: false, owner: i % GROUPS })),
  {},
)

function fragmentsOf(name: string): readonly Fragment[] {
  return [0, 1, 2].map(shift => {
    const encoded = Buffer.from('\0'.repeat(shift) + name, 'latin1').toString('base64')
    const first = Math.ceil((shift * 8) / 6)
    const last = Math.floor(((shift + name.length) * 8) / 6)
    const text = encoded.slice(first, last)
    return { text, name, alone: text.length < SURE }
  })
}

/** The longest value that a fragment which is not sure may stand in, beyond its own length. */
const SLACK = 8

/** The first fragment in a text, in this case of letters. */
export function fragmentIn(text: string): { readonly fragment: Fragment; readonly at: number } | null {
  sieve.scan(text)
  const { hits } = sieve
  if (hits === 0) return null
  for (const [i, fragment] of FRAGMENTS.entries()) {
    if ((hits & (1 << (i % GROUPS))) === 0) continue
    if (fragment.alone && text.length > fragment.text.length + SLACK) continue
    const at = text.indexOf(fragment.text)
    if (at >= 0) return { fragment, at }
  }
  return null
}
