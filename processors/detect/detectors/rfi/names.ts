/** Parameters by which applications say where their own code lies. */

/** Fields that hold a path of code and nothing else: a URL there is loaded as code. */
export const INCLUDED: readonly string[] = [
  'absolute_path',
  'abspath',
  'app_path',
  'base_dir',
  'base_path',
  'basedir',
  'basepath',
  'class_path',
  'classpath',
  'config_path',
  'doc_root',
  'docroot',
  'document_root',
  'full_path',
  'inc',
  'inc_dir',
  'inc_path',
  'inc_file',
  'include',
  'include_dir',
  'include_file',
  'include_path',
  'includedir',
  'includepath',
  'incpath',
  'lib_path',
  'libdir',
  'libpath',
  'main_path',
  'module_path',
  'modpath',
  'mosconfig_absolute_path',
  'php_path',
  'phpbb_root_path',
  'plugin_path',
  'root_dir',
  'root_path',
  'rootdir',
  'rootpath',
  'script_path',
  'site_path',
  'skin',
  'template_path',
  'theme_path',
  'tpl',
]

const INCLUDED_NAMES: ReadonlySet<string> = new Set(INCLUDED)

/** Fields that often choose what a page is made of. */
const FILES =
  /^(?:(?:.*[_-])?(?:page|pg|file|filename|path|template|view|content|module|mod|lang|language|style|theme|layout|dir|folder|root|doc|document|site|main|body|section|action|load|read|cat|show|pagina|seite|conf|config|display|url|src)|p|f)$/

export function isIncluded(field: string): boolean {
  return INCLUDED_NAMES.has(field)
}

export function mayBeIncluded(field: string): boolean {
  return FILES.test(field)
}

/** `_SERVER[DOCUMENT_ROOT]`, `GLOBALS[x]`, `_CONF[path]`: variables of PHP that a client can only mean to overwrite. */
export function isGlobal(lower: string): boolean {
  return /^(?:_(?:conf|phplib|server|env|files|session)\[|globals\[|mosconfig_[a-z_]{3,24}$)/.test(lower)
}
