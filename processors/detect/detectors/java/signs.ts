/**
 * What expressions in Java languages (OGNL, SpEL, EL, MVEL, JEXL, Groovy, BeanShell) do when they leave the application: name classes,
 * reach for reflection, start processes, load code. Read without white space and with constant strings put together.
 */

export interface Sign {
  readonly rule: string
  readonly what: string
  readonly pattern: RegExp
}

/** Unmistakable in a terse value and inside of an expression. Looked for in this order; the first of each rule counts. */
export const SIGNS: readonly Sign[] = [
  {
    rule: 'rce.java-process',
    what: 'starts a process',
    pattern:
      /runtime[)'"]{0,3}[.@]getruntime\(\)|getruntime\(\)\.exec|\bruntime\.exec\((?!(?:runtime|unknown)[. ])|processbuilder(?:\(|['"]?\)|@)|new(?:java\.lang\.)?processbuilder|\bunixprocess\b|\.exec\(newstring\[\]|runtime\.getmethod|\.start\(\)\.getinputstream/,
  },
  {
    rule: 'rce.java-reflection',
    what: 'reaches for a class by its name, and so for any code',
    pattern:
      /getclass\(\)\.(?:forname|getclassloader|getmethod|getdeclared|getprotection|getresource|getsuperclass|class|classloader|getname\(\)\.|newinstance|getconstructor|gettype|getclass)|\.class\.(?:forname|getmethod|getclassloader|getresource|module|classloader|protectiondomain)\b|forname\(['"](?:java|javax|sun|org\.apache|com\.sun|jdk|groovy|org\.spring)|getdeclared(?:method|constructor|field)s?\(|getmethod\(['"](?:exec|getruntime|eval|invoke|forname|start|lookup|loadclass)|\.defineclass\(|\.loadclass\(|newurlclassloader|newjava\.net\.url|newjava\.io\.(?:file|printwriter|bufferedreader|inputstreamreader)|java\.lang\.system\.(?:exit|getenv|getproperty|load|setproperty)\(|urlclassloader\(|['"]{2}\.class\b|\[['"]class['"]\][[.]|\.invoke\(null|getenginebyname\(|scriptenginemanager(?:\(|['"])|newinstance\(\)\.(?:getengine|eval|lookup)/,
  },
  {
    rule: 'rce.ognl',
    what: 'reaches for the context of OGNL, which guards what expressions may do',
    pattern:
      /#_?memberaccess|#context\[|#context\.|#parameters\b|#_greencell|ognl\.ognlcontext|ognlutil|@java\.(?:lang|io|util|net|nio)\b|@javax\.(?:script|naming)|@org\.apache\.|@com\.opensymphony|@ognl|@sun\.(?!com\b)\w|xwork\.methodaccessor|allowstaticmethodaccess|denymethodexecution|getexcludedpackagenames|\(#[a-z_]\w{0,32}=(?:new(?:java|org)|@)|#(?:request|session|application|attr|action|valuestack|container|iswin|cmds?|p)(?:\.|\[|=)/,
  },
  {
    rule: 'rce.spel',
    what: 'names a type in SpEL',
    pattern:
      /(?:^|[^a-z0-9_$.>])t\((?:java|javax|jakarta|org|com|sun|jdk|groovy|ognl|net|runtime|system|string|character|thread|class|math|integer|processbuilder|file|files)\b[\w.$[\]]{0,128}\)/,
  },
  {
    rule: 'rce.groovy',
    what: 'runs a string as a command or as a script',
    pattern:
      /['"\]]\.execute\(\)|newgroovyshell|groovyshell\(|groovyclassloader|groovy\.util\.eval|eval\.me\(|@grab(?:resolver|config)?\(|@asttest\(|groovy\.lang\.|methodclosure|bsh\.interpreter|bsh\.script/,
  },
  {
    rule: 'rce.java-lookup',
    what: 'looks up an object elsewhere, and so loads code from there',
    pattern:
      /initialcontext\(\)|\.lookup\(['"](?:ldap|rmi|dns|iiop|corba)|initialcontext\.dolookup|classpathxmlapplicationcontext|filesystemxmlapplicationcontext|jdbcrowsetimpl|templatesimpl|com\.sun\.org\.apache\.(?:xalan|bcel)|\$\$bcel\$\$|unmarshaller\.base64data|newjavax\.script|javax\.naming\.initialcontext/,
  },
  {
    rule: 'rce.jdbc-url',
    what: 'makes a database driver load or run what it names',
    pattern:
      /jdbc:[^\n]{0,256}(?:init=(?:runscript|create|drop|\\)|autodeserialize=true|queryinterceptors=|statementinterceptors=|socketfactory=|sslfactory=|jndiname=|allowloadlocalinfile=true|loggerfile=|detectcustomcollations=)/,
  },
]

/** Inside of `%{…}`, `#{…}`, `${…}` these say the same; outside they may be code that people quote. */
export const INSIDE =
  /getclass\(\)|\.class\b|\bt\(|\bnew(?:java|javax|com|org|sun|groovy|ognl|freemarker|string\[|processbuilder|file|url|urlclassloader|scriptenginemanager|initialcontext|socket|scanner|fileinputstream|filereader|bufferedreader)[\w.$[\]]*[({]|system\.(?:getenv|getproperty|exit)|java\.|javax\.|@[a-z]\w*(?:\.\w+)*@|getruntime|exec\(|processbuilder|forname\(|request\.(?:getclass|getsession|getparameter)|facescontext|servletcontext|session\.setattribute|request\.setattribute|applicationscope\.|pagecontext\.(?:request|servletcontext)/

/** In OGNL a variable is assigned or used. */
export const OGNL_VARIABLE = /#\w+[=.[]/

/** `%{…}` of nothing but numbers and operators: the probe that shows that it is evaluated. */
export const ARITHMETIC = /^\(?\d{1,9}[*+\-/]\(?\d{1,9}\)?$|^['"]\w{1,16}['"]\+['"]\w{1,16}['"]$/

/** Names of parameters that reach the class loader through the properties of an object (CVE-2010-1622, CVE-2022-22965). */
export const BINDING =
  /(?:^|[.?&_-])class(?:\.|\[['"]?|%5b)(?:module|classloader|protectiondomain|superclass|package)(?:['"]?\]|\.|%5d|=|$)|\bclassloader(?:\.|\[)(?:resources|urls|parent|defaultassertionstatus|delegate|jarpath)/

/** Text that is read as JSP: directives, declarations, actions. */
export const JSP =
  /<%@\s{0,8}(?:page|include|taglib|import)\b|<jsp:(?:include|usebean|scriptlet|root|declaration|expression|directive|forward)\b|<%!?=?\s{0,8}[^%]{0,256}\b(?:runtime\.|getparameter\s{0,4}\(|processbuilder|java\.)/
