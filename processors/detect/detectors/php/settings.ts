/** Directives of php.ini that a request assigns: `auto_prepend_file=php://input`, `-d allow_url_include=1`. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Beginnings of directives that have a point in their names. */
const STEMS = words(`
  opcache. mbstring. xdebug. zlib.output_ session.auto_start session.cache_ session.cookie_ session.gc_ session.hash_ session.lazy_
  session.name session.referer_ session.save_ session.serialize_ session.sid_ session.trans_ session.upload_ session.use_ session.entropy_
  zend.assert zend.detect_ zend.enable_ zend.exception_ zend.multibyte zend.script_ zend.signal_ phar.cache_ phar.readonly phar.require_
  curl.cainfo openssl.ca mysqli. mysqlnd. mysql.allow_ mysql.default_ mysql.connect_ mysql.max_ pgsql.allow_ pgsql.auto_ pgsql.max_
  pgsql.ignore_ pgsql.log_ odbc. ibase. oci8. soap.wsdl_ tidy.clean_ tidy.default_ sqlite3. pcre.backtrack_ pcre.jit pcre.recursion_
  pdo_odbc. intl.default_ intl.error_ intl.use_ iconv.input_ iconv.internal_ iconv.output_ assert.active assert.bail assert.callback
  assert.exception assert.quiet_ assert.warning mail.add_x_ mail.force_ mail.log mail.mixed_ date.timezone date.default_ date.sun exif.decode_
  exif.encode_ ffi.enable ffi.preload filter.default gd.jpeg_ highlight.comment highlight.default highlight.html highlight.keyword
  highlight.string ldap.max_ suhosin. url_rewriter. yaml.decode_ yaml.output_ apc.enable apc.shm_ cgi.check_ cgi.discard_ cgi.fix_
  cgi.force_ cgi.nph cgi.redirect_ cgi.rfc2616 fastcgi.impersonate fastcgi.logging com.allow_dcom com.autoregister com.code_page
  com.typelib imap.enable_ uploadprogress. cli.pager cli.prompt cli_server.color user_ini.cache_ user_ini.filename
`)

/** Directives without a point that nothing else is called. */
const DISTINCT = words(`
  auto_prepend_file auto_append_file auto_detect_line_endings auto_globals_jit allow_url_include allow_url_fopen arg_separator
  asp_tags disable_functions disable_classes display_errors display_startup_errors default_socket_timeout docref_root enable_dl
  enable_post_data_reading error_append_string error_prepend_string error_log error_reporting expose_php extension_dir file_uploads
  hard_timeout html_errors ignore_repeated_errors ignore_user_abort implicit_flush include_path log_errors log_errors_max_len
  magic_quotes_gpc magic_quotes_runtime max_execution_time max_file_uploads max_input_nesting_level max_input_time max_input_vars
  memory_limit open_basedir output_buffering output_handler post_max_size realpath_cache_size realpath_cache_ttl register_argc_argv
  register_globals report_memleaks report_zend_debug request_order safe_mode safe_mode_exec_dir sendmail_path serialize_precision
  short_open_tag sys_temp_dir track_errors unserialize_callback_func unserialize_max_depth upload_max_filesize upload_tmp_dir
  user_dir user_ini variables_order xmlrpc_errors y2k_compliance zend_extension
`)

/** Directives that are words as well: only a switch or a library is a value for them. */
const PLAIN = ['extension', 'precision', 'engine']

/** The value as a whole: `name = value`, as a line of php.ini or after `-d`. */
const ASSIGNMENT = /^[\s;'"&?]{0,8}(?:[-\u00ad]d\s{0,4})?([a-z0-9_.]{3,60})\s{0,8}=\s{0,8}([^\s;&]{0,80})/

/** `php-cgi?-d+allow_url_include=1`: the hyphen as such, or as the soft one that Windows turns into it. */
const ARGUMENT = /(?:^|[\s?&%=])[-\u00ad]\s{0,4}d\s{1,4}([a-z0-9_.]{3,60})\s{0,4}=/

const SWITCH = /^['"]?(?:on|off|true|false|yes|no|[01]|-1|[^\s'"]{1,64}\.(?:so|dll))\b/

const NAMES: ReadonlySet<string> = new Set(DISTINCT)

export const SETTING_NEEDLES: readonly string[] = [
  ...STEMS,
  ...DISTINCT,
  ...PLAIN.flatMap(name => [`${name}=`, `${name} =`, `${name}  `]),
]

/** The directive that a value assigns, or null. */
export function assignedSetting(lower: string): string | null {
  const argument = ARGUMENT.exec(lower.slice(0, 1024))
  if (argument !== null && isSetting(argument[1]!)) return argument[1]!
  const [, name = '', value = ''] = ASSIGNMENT.exec(lower) ?? []
  if (isSetting(name)) return name
  return PLAIN.includes(name) && SWITCH.test(value) ? name : null
}

function isSetting(name: string): boolean {
  return NAMES.has(name) || STEMS.some(stem => name.startsWith(stem))
}
