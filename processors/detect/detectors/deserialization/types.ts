/** Members of documents that say of which class an object is: `@type`, `$type`, and addresses that such objects connect to. */

export const TYPE_NAMES: readonly string[] = [
  '@type',
  '$type',
  '@class',
  'datasourcename',
  'jndiname',
  'jndilocation',
  'userovveridesasstring',
  'useroverridesasstring',
  'lookupname',
  '__type',
]

/** Classes that documents name honestly. */
const PLAIN =
  /^\[?l?java\.(?:util\.(?!priorityqueue|logging|concurrent\.locks|prefs)|math\.|time\.|lang\.(?:integer|long|string|boolean|double|float|short|byte|character|object|number)\b|sql\.(?:date|time))/

const SUSPECT =
  /^\[?l?(?:javax?|com\.sun|sun|jdk|org\.(?:apache|springframework|hibernate|codehaus|yaml|h2|jboss|quartz|aspectj|xnio|eclipse\.jetty|mortbay|datanucleus|docx4j|jdom)|com\.(?:mchange|zaxxer|p6spy|ibatis|newrelic|pastdev|alibaba|caucho|mysql\.(?:jdbc|cj)|opensymphony|rometools|oracle|ibm)|ch\.qos|oracle|br\.com\.anteros|net\.sf|groovy|ognl|bsh|flex|weblogic|clojure)\.[\w.$]{2,}/

const NET =
  /^(?:system\.(?:windows|diagnostics|management|configuration|security|identitymodel|io|activities|resources|web|data\.services|runtime\.remoting|codedom|workflow)\.|microsoft\.(?:visualstudio|identitymodel|powershell)|mscorlib)/

const REMOTE = /^(?:ldaps?|rmi|iiop|corba|dns|hexasciiserializedmap)[:/]/

/** Why the value of such a member is an attack, or null. */
export function judgeType(key: string, lower: string): string | null {
  const value = lower.trim().slice(0, 512)
  if (key === '$type' || key === '__type')
    return NET.test(value)
      ? 'The document says that an object is of a class of .NET that does more than hold data.'
      : null
  if (key.startsWith('@')) {
    if (PLAIN.test(value) || !SUSPECT.test(value)) return null
    return 'The document says that an object is of a class of Java that does more than hold data.'
  }
  return REMOTE.test(value)
    ? 'A member that names a data source leads to a directory of the client, from which Java loads code.'
    : null
}
