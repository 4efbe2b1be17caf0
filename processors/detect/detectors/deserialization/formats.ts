/** How serialized objects begin and how they name their classes, format by format. */

export interface Sight {
  readonly rule: string
  readonly at: number
  readonly shows: string
  readonly why: string
}

/** In front of a token in base64 or hexadecimal: its start or what separates tokens. */
const START = '(?:^|[^A-Za-z0-9+/_-])'

/** AC ED 00 05 (Java Object Serialization Stream Protocol, §6.4.2) in base64 at each of three distances, in hexadecimal, as it is. */
const JAVA_BASE64 = new RegExp(`${START}(rO0AB|[A-Za-z0-9+/_-]?(?:KztAAU|Cs7QAF))`)
const JAVA_HEX = /(?:^|[^0-9a-f])(?:aced0005|ac ed 00 05)|(?:\\x|%)ac(?:\\x|%)ed(?:\\x|%)00(?:\\x|%)05/
const JAVA_RAW = /[\u00ac\ufffd][\u00ed\ufffd]\0\u0005/

/** Record 0 of MS-NRBF §2.6.1, a serialization header: in base64 at each of three distances, in hexadecimal; LosFormatter's frame. */
const NET_BASE64 = new RegExp(
  `${START}(AAEAAAD/////AQAAA|/wEy[A-Za-z0-9+/]{2,8}AAEAAAD/|[A-Za-z0-9+/]{1,16}AAQAAAP////8BAAAA|[A-Za-z0-9+/]{1,16}ABAAAA/////wEAAAA)`,
)
const NET_SHORT = new RegExp(`${START}AAEAAAD/////`)
const NET_HEX = /(?:^|[^0-9a-f])0001000000ffffffff01/

/** Classes of .NET that start a process or load code when they are read, with their assembly. */
const NET_CLASS =
  /(?:objectdataprovider|system\.diagnostics\.process|activitysurrogate|typeconfusedelegate|assemblyinstaller|system\.management\.automation\.psobject|windowsprincipal|windowsidentity|windowsclaimsidentity|sessionsecuritytoken|settingspropertyvalue|textformattingrunproperties|resourceset|axhost\+state|xamlassemblyloadinfo|rolepropertyprovider|toolboxitemcontainer|getterse[tc]|worksp?acedesigner|bindingsource|dataset|expandedwrapper|xamlreader|resourcedictionary|system\.io\.fileinfo|system\.configuration\.install|system\.windows\.data)[\w.+`[\]]{0,128}\s{0,4},\s{0,4}(?:presentationframework|system|mscorlib|microsoft|windowsbase)/

const NET_TEXT =
  /schemas\.microsoft\.com\/clr\/(?:ns|nsassem|assem)\/|clr-namespace:system\.diagnostics|expandedwrapperof|objectdataprovider[^<]{0,128}(?:methodname|objectinstance)|methodname["'\s:=]{1,8}start\b[\s\S]{0,256}(?:objectinstance|methodparameters)/

/** PHP: an object with its class, whose name is as long as is said; C: is one that reads itself. */
const PHP_OBJECT =
  /(?:^|[;{|:"'\s=&]|[^\w:])[oc]:[+ ]?(\d{1,4}):\\?"([^"\\]{1,200}(?:\\[^"\\]{1,100}){0,16})\\?":\+?\d{1,6}:\{/g

/** Pickle, protocol 0 to 2: `c` module LF name LF; protocol 4: the two as short strings. */
const PICKLE_TEXT =
  /(?:^|[^a-z])c(?:os|posix|nt|sys|subprocess|__builtin__|builtins|commands|pty|platform|importlib|runpy|timeit|webbrowser|shutil|socket|pickle|code|operator)\n(?:system|popen|exec\w*|eval|spawn\w*|getattr|call|run|check_output|check_call|getoutput|import_module|__import__|open|openlog|compile|apply|map|attrgetter|methodcaller|loads|rmtree|run_path|_run_code|interact|timeit|startfile|modules)\n/
const PICKLE_MODULE =
  /(?:^|[^a-z_])(?:posix|nt|os|subprocess|builtins|__builtin__|commands|pty|runpy|importlib)\u0094?\u008c.(?:system|popen|eval|exec|execfile|getattr|check_output|call|run|Popen|__import__|spawn|compile|open|import_module|_run_code)/i
const PICKLE_BASE64 = new RegExp(`${START}((?:gAS[VLM]|gAWV|gANj|gAJj|gAJ9|gAN9)[A-Za-z0-9+/_-]{8,4096})`)

/** YAML tags that make a loader build an object of any class. */
const YAML_TAG =
  /!(?:python\/(?:object|name|module)(?:\/apply|\/new)?:|python\/tuple\b|ruby\/(?:object|hash|struct|class|module|regexp|exception|sym|array|string)|php\/object|js\/(?:function|regexp|undefined)|perl\/)|!!(?:(?:javax?|com|org|net|sun|ch|oracle|groovy)\.[\w.$]{3,}|java\/)/

/** Ruby: Marshal 4.8 of an object in base64, and the classes by which it runs code. */
const RUBY_BASE64 = new RegExp(`${START}BAh(?:vO|bBzoI|jCG|VO)`)
const RUBY_CLASS =
  /\u0004\u0008[\s\S]{0,64}o:|gem::(?:requirement|installer|specfetcher|package|source|requestset|stubspecification|dependencylist)|net::(?:writeadapter|bufferedio)|deprecatedinstancevariableproxy|actionview::|erb[^a-z]{1,8}@src/

/** node-serialize, funcster and others: functions as strings that are called when they are read. */
const NODE_FUNCTION = /nd_func\$\$_|__js_function|_cryo_function_|_\$\$nd_|"__func__"\s?:/

/** jsonpickle: objects of Python in JSON. */
const JSON_PICKLE = /"py\/(?:object|reduce|function|type|newargs|newargsex|repr)"/

/** React's Flight protocol: references that lead to prototypes, constructors and modules. */
const FLIGHT =
  /["']\$\w{1,4}:(?:[\w$]{1,32}:){0,8}(?:__proto__|constructor|prototype|module|_compile|then|_load|process|mainmodule)[:"']/

/** XStream and XMLDecoder: elements that name classes, or call methods. */
const XML_OBJECT =
  /<dynamic-proxy\b|<[a-z][\w.$-]{0,128}\s[^<>]{0,256}\b(?:class\s?=\s?["'](?:java|javax|com\.sun|sun|groovy|bsh)[./]|serialization\s?=\s?["']custom|method\s?=\s?["'](?:exec|start|getruntime|forname|invoke|newinstance))|<(?:java\.(?:util\.priorityqueue|beans\.eventhandler|lang\.processbuilder|lang\.runtime|net\.url)|jdk\.nashorn|javax\.(?:imageio|crypto|naming)|com\.sun\.(?:xml|rowset|org|corba|jndi)|sun\.(?:reflect|swing|awt)|org\.codehaus\.groovy)[\w.$-]{0,128}/

const CHECKS: readonly {
  readonly rule: string
  readonly cased: boolean
  readonly pattern: RegExp
  readonly what: string
}[] = [
  { rule: 'rce.java-object', cased: true, pattern: JAVA_BASE64, what: 'a stream of Java objects in base64' },
  { rule: 'rce.java-object', cased: false, pattern: JAVA_HEX, what: 'a stream of Java objects in hexadecimal' },
  { rule: 'rce.java-object', cased: true, pattern: JAVA_RAW, what: 'a stream of Java objects' },
  {
    rule: 'rce.net-object',
    cased: true,
    pattern: NET_BASE64,
    what: 'an object of .NET in the binary format, in base64',
  },
  {
    rule: 'rce.net-object',
    cased: true,
    pattern: NET_SHORT,
    what: 'an object of .NET in the binary format, in base64',
  },
  {
    rule: 'rce.net-object',
    cased: false,
    pattern: NET_HEX,
    what: 'an object of .NET in the binary format, in hexadecimal',
  },
  {
    rule: 'rce.net-object',
    cased: false,
    pattern: NET_CLASS,
    what: 'an object of .NET whose class starts processes or loads code',
  },
  {
    rule: 'rce.net-object',
    cased: false,
    pattern: NET_TEXT,
    what: 'an object of .NET in XML or JSON that calls a method',
  },
  { rule: 'rce.pickle', cased: false, pattern: PICKLE_TEXT, what: 'a pickle of Python that imports a function' },
  { rule: 'rce.pickle', cased: false, pattern: JSON_PICKLE, what: 'an object of Python in JSON that names its class' },
  { rule: 'rce.pickle', cased: true, pattern: PICKLE_MODULE, what: 'a pickle of Python that imports a function' },
  {
    rule: 'rce.yaml-object',
    cased: false,
    pattern: YAML_TAG,
    what: 'a YAML tag that makes the loader build an object',
  },
  {
    rule: 'rce.ruby-object',
    cased: true,
    pattern: RUBY_BASE64,
    what: 'an object of Ruby in the format of Marshal, in base64',
  },
  {
    rule: 'rce.ruby-object',
    cased: false,
    pattern: RUBY_CLASS,
    what: 'an object of Ruby whose class runs code when it is read',
  },
  {
    rule: 'rce.node-function',
    cased: false,
    pattern: NODE_FUNCTION,
    what: 'a function as a string that is called when it is read',
  },
  {
    rule: 'rce.flight-reference',
    cased: false,
    pattern: FLIGHT,
    what: 'a reference of the Flight protocol that leads to prototypes or modules',
  },
  {
    rule: 'rce.xml-object',
    cased: false,
    pattern: XML_OBJECT,
    what: 'an object in XML that names its class or calls a method',
  },
]

/** The longest beginning of a value in which the formats are looked for. */
const REACH = 65_536

export function formatsIn(text: string, lower: string): readonly Sight[] {
  const sights: Sight[] = []
  const head = text.slice(0, REACH)
  const low = lower.slice(0, REACH)
  for (const { rule, cased, pattern, what } of CHECKS) {
    const found = pattern.exec(cased ? head : low)
    if (found !== null)
      sights.push({
        rule,
        at: found.index,
        shows: found[0],
        why: `The value is ${what}: reading it runs what it says.`,
      })
  }
  const php = phpObjectIn(low)
  if (php !== null) sights.push(php)
  const pickle = PICKLE_BASE64.exec(head)
  if (pickle !== null && importsFunction(Buffer.from(pickle[1]!, 'base64').toString('latin1')))
    sights.push({
      rule: 'rce.pickle',
      at: pickle.index,
      shows: pickle[0].slice(0, 64),
      why: 'The value is a pickle of Python in base64 that imports a function: reading it calls that.',
    })
  return sights
}

function importsFunction(pickle: string): boolean {
  return PICKLE_MODULE.test(pickle) || PICKLE_TEXT.test(pickle.toLowerCase())
}

function phpObjectIn(low: string): Sight | null {
  PHP_OBJECT.lastIndex = 0
  for (let i = 0; i < 64; i++) {
    const found = PHP_OBJECT.exec(low)
    if (found === null) return null
    const [all, length, name] = found
    if (name!.replaceAll('\\\\', '\\').length === Number(length))
      return {
        rule: 'rce.php-object',
        at: found.index,
        shows: all,
        why: 'The value is a serialized object of PHP: reading it runs methods of its class.',
      }
  }
  return null
}
