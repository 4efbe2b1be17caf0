/**
 * Names of session ids by their structure, for those that no list has:
 *
 *  name   = [ prefix ] [ owner separator ] tail
 *  prefix = "__Host-" | "__Secure-" | 1*( "_" | "." )
 *  owner  = a framework, a server or a product, perhaps with a version | whose session it is ("user", "app")
 *  tail   = ( "session" | "sess" ) [ separator ( "id" | "token" | "key" | "hash" | "cookie" ) ] | "sessid" | "sid" | "login" separator "token" |
 *           "token" (of a framework)
 */

/** `own`: of a framework. `common`: anybody's id. `loose`: perhaps none. */
export type Kind = 'own' | 'common' | 'loose'

/** In lower case. */
const STRUCTURE =
  /^(__host-|__secure-|[_.]{1,2})?(?:([a-z][a-z0-9.-]{1,23}?)[_.:-]?)?((?:session|sess)[_.-]?(id|token|key|hash|cookie)?|sid|login[_-]token|token)$/

const LONGEST = 64

export function kindOfName(name: string): Kind | null {
  if (name.length > LONGEST) return null
  const parts = STRUCTURE.exec(name)
  if (parts === null) return null
  const [, prefix, owner, tail, what] = parts
  if (owner === undefined) return prefix === undefined ? null : ownerless(tail!, what)
  if (isFramework(owner)) return tail === 'token' && AMBIGUOUS.has(owner) ? null : 'own'
  if (tail === 'token' || !OWNERS.has(owner)) return null
  return what === undefined ? 'loose' : 'common'
}

function ownerless(tail: string, what: string | undefined): Kind | null {
  if (tail === 'token') return null
  return what === undefined ? 'loose' : 'common'
}

/** `zend`, `phpbb3`, `asp.net`. */
function isFramework(owner: string): boolean {
  return FRAMEWORKS.has(owner) || FRAMEWORKS.has(owner.replace(/[.-]|\d{1,2}$/g, ''))
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Without points and hyphens. */
const FRAMEWORKS = words(`
  actix adonis aiohttp apache asp aspnet aspnetcore auth0 authjs axum beego betterauth blazor bottle cakephp catalyst cf cgi cherrypy ci clerk codeigniter coldfusion cognito concrete
  connect craft dancer dash django dotnet drupal dspace echo elgg express falcon fastapi fastify fiber firebase flask fuel gin glassfish gorilla gradio grails
  hanami hapi ionauth ironsession j jakarta jboss jetty joomla jserv jupyter jsf jw kohana koa koajs ktor laravel lift liferay litespeed lucee lumen magento
  mediawiki meteor micronaut mojolicious moodle nestjs nextauth nodebb nuxt nuxtauth october okta opencart oscommerce owncloud nextcloud padrino
  phalcon phoenix php phpbb phpmyadmin plack play plone prestashop pyramid quarkus quart rack railo rails redmine remix rocket roundcube ruby sails
  sanic seaside servlet sf shiny shopware silverstripe simplesaml sinatra slim spring squirrelmail starlette strapi streamlit struts supabase sveltekit
  symfony tapestry tide tomcat tornado typo3 umbraco vaadin vbulletin vertx warp weblogic web2py websphere webobjects wicket wildfly wl wordpress wp
  xenforo yii zend zendframework zf zope
`)

/** Words of everyday, too, which stand in front of other tokens. */
const AMBIGUOUS = words(
  'apache auth0 cf ci clerk cognito connect craft dash echo express falcon fiber firebase gin j lift october okta phoenix play rack rocket slim spring supabase tide warp wl wp',
)

const OWNERS = words('account admin app auth login member my php portal secure server site sso user web www')

/**
 * Ends of such names, of which one stands in front of the equals sign. Those in front of `token` are frameworks whose sessions are
 * called that.
 */
export const ENDINGS: readonly string[] = [
  ...['_', '-', '.', ':'].flatMap(separator => [`${separator}session`, `${separator}sess`, `${separator}sid`]),
  ...[
    'sessionid',
    'sessid',
    'session_id',
    'session-id',
    'session.id',
    'session_token',
    'session-token',
    'session.token',
  ],
  ...[
    'login_token',
    'login-token',
    'shiny-token',
    'shiny_token',
    'meteor_token',
    'laravel_token',
    'flask_token',
    'streamlit-token',
  ],
]
