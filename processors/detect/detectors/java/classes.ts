/** Classes and packages of Java that code names and clients do not. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Beginnings of packages in the JDK and in the libraries that exploits reach for. */
export const PACKAGES: readonly string[] = words(`
  java.lang. java.io. java.net. java.nio. java.util. java.sql. java.rmi. java.beans. java.security. java.awt. javax.script. javax.naming.
  javax.management. javax.el. javax.swing. javax.imageio. javax.xml. javax.servlet. jakarta.el. jakarta.servlet. com.sun. sun.misc. sun.reflect.
  sun.rmi. sun.print. jdk.nashorn jdk.internal. jdk.jshell org.omg. org.apache.commons org.apache.xalan org.apache.xbean org.apache.bcel
  org.apache.velocity org.apache.struts org.apache.catalina org.apache.tomcat.dbcp org.apache.naming org.apache.el org.apache.wicket
  org.apache.myfaces org.apache.log4j.receivers org.apache.shiro org.apache.batik org.apache.ibatis org.apache.axis org.apache.aries
  com.opensymphony. com.mchange. com.caucho. com.rometools. com.alibaba. com.vaadin. com.zaxxer.hikari com.p6spy. com.ibatis. com.newrelic.
  com.pastdev. org.codehaus. org.springframework. org.hibernate. org.jboss. org.mozilla.javascript org.python. org.jruby org.yaml. org.h2.
  org.mvel org.aspectj org.eclipse.jetty.plus org.javasimon org.quartz org.mockito org.clojure clojure. groovy. ognl. bsh. freemarker.
  ch.qos.logback.core.db ch.qos.logback.core.jndi net.sf. weblogic. oracle.jdbc. oracle.toplink br.com.anteros scala.sys.process
`)

/** Members of those packages that run, load, look up, read or write. */
export const DANGEROUS =
  /(?:runtime|processbuilder|processimpl|process|scriptenginemanager|scriptengine|nashornscriptengine|urlclassloader|classloader|initialcontext|method|methodaccessor|unsafe|templatesimpl|jdbcrowsetimpl|objectinputstream|xmldecoder|eventhandler|expressionfactory|elprocessor|groovyshell|groovyclassloader|methodclosure|interpreter|beanfactory|ognlcontext|servletactioncontext|unixprocess|execute|objectconstructor|jythonruntime|statement|files|paths|fileinputstream|fileoutputstream|filewriter|filereader)\b/

/** Keys whose values name classes, packages and loggers as a matter of course. */
const TYPE_KEYS: ReadonlySet<string> = new Set(
  words(`
    type class classname class_name javatype javaclass datatype category logger loggername logger_name exception exceptionclass
    exception_class exception.type errortype error_type module function declaringclass frame thrower package groupid group_id group artifactid
    artifact namespace dependency library q query search s term keyword keywords text method op action filename file
  `),
)

export interface ClassName {
  /** Runs code, loads it, or reaches files and the network. */
  readonly dangerous: boolean
  readonly name: string
}

const WHOLE = /^\[?[a-z_$][\w$]{0,64}(?:[.$/][\w$]{1,96}){1,16};?$/

/** The value is a class or package, whole, also as `class=…` or `…=x`. */
export function wholeClass(lower: string, point: readonly string[]): ClassName | null {
  if (lower.length > 400) return null
  for (const part of lower.trim().split('=', 3)) {
    const name = part.trim()
    if (!WHOLE.test(name)) continue
    const dotted = name
      .replace(/^\[?l?(?=[a-z])/, prefix => (prefix === '[l' ? '' : prefix.replace('[', '')))
      .replaceAll('/', '.')
    if (!PACKAGES.some(stem => dotted.startsWith(stem) || `${dotted}.` === stem)) continue
    if (/(?:exception|error|throwable)$/.test(dotted)) continue
    const dangerous = DANGEROUS.test(dotted)
    if (!dangerous && TYPE_KEYS.has(keyOf(point))) continue
    return { name, dangerous }
  }
  return null
}

/** The nearest name in the point. */
function keyOf(point: readonly string[]): string {
  for (let i = point.length - 1; i >= 0; i--) {
    if (!/^(?:array|hash|\d+|base64|percent|htmljs|pollution|json_doc|attr)$/.test(point[i]!))
      return point[i]!.toLowerCase()
  }
  return ''
}
