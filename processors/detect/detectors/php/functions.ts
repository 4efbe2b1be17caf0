/** Functions of PHP that run code, read or change the server, tell about it, or hide what a string says. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Names that belong to PHP alone: whatever stands in front of them, and without a parenthesis too, they mean PHP. */
export const DISTINCT: readonly string[] = words(`
  shell_exec proc_open proc_close proc_nice proc_terminate pcntl_exec pcntl_fork pcntl_alarm call_user_func call_user_method create_function
  file_exists assert_options session_set_save_handler read_exif_data gzfile gzwrite gzopen gzread gzputs gzclose gzeof sha1_file md5_file hash_update_file
  imagejpeg imagegd imagegd2 imagewbmp imagexbm bson_decode bson_encode is_writeable set_defaultstub func_overload get_required_files
  stream_get_meta_data base64_decode base64_encode str_rot13 gzinflate gzuncompress gzdecode gzcompress gzdeflate gzencode gzpassthru convert_uudecode
  convert_uuencode hex2bin bin2hex html_entity_decode htmlspecialchars_decode quoted_printable_decode file_put_contents file_get_contents
  move_uploaded_file is_uploaded_file fsockopen pfsockopen phpinfo phpversion phpcredits php_uname php_sapi_name php_strip_whitespace
  get_defined_functions get_defined_vars get_defined_constants get_declared_classes get_loaded_extensions get_cfg_var get_current_user
  get_included_files get_class_methods get_object_vars get_class_vars get_headers get_meta_tags getmyuid getmyinode getmypid getlastmod
  ini_set ini_alter ini_get_all ini_restore set_time_limit set_include_path get_include_path error_reporting error_log ignore_user_abort
  highlight_file highlight_string show_source parse_ini_file parse_ini_string posix_getpwuid posix_getuid posix_getgid posix_getlogin
  posix_getpwnam posix_kill posix_mkfifo posix_setuid posix_setgid posix_uname posix_ttyname apache_getenv apache_setenv apache_note
  apache_child_terminate apache_request_headers print_r var_dump var_export debug_zval_refcount strrev unserialize
  register_shutdown_function register_tick_function set_error_handler set_exception_handler spl_autoload_register spl_autoload
  iterator_apply func_get_args func_get_arg function_exists is_callable forward_static_call array_map array_filter array_walk array_reduce
  array_diff_uassoc array_diff_ukey array_udiff array_uintersect array_intersect_ukey preg_replace preg_match preg_filter mb_ereg_replace
  mb_eregi_replace mb_send_mail ob_start ob_get_contents ob_end_flush ob_get_clean parse_str import_request_variables curl_init
  curl_exec curl_multi_exec curl_setopt curl_file_create stream_get_contents stream_context_create stream_socket_client
  stream_socket_server stream_copy_to_stream stream_wrapper_register socket_connect socket_create fpassthru
  ftp_connect ftp_login ftp_exec ftp_get ftp_put ssh2_connect ssh2_exec ssh2_auth mysql_connect mysql_query mysql_pconnect
  mysqli_connect mysqli_query mysqli_multi_query sqlite_open sqlite_query sqlite_popen pg_connect pg_pconnect pg_query pg_execute
  ldap_connect ldap_bind ldap_search odbc_connect odbc_exec odbc_pconnect oci_connect oci_execute db2_connect db2_exec mssql_connect
  mssql_query ibase_connect ifx_connect imap_open imap_mail readgzfile simplexml_load_file simplexml_load_string xmlrpc_decode
  mcrypt_decrypt openssl_decrypt openssl_public_decrypt runkit_function_rename runkit_constant_redefine
  session_decode session_start session_save_path wp_insert_user wp_remote_get wp_set_auth_cookie zend_version zip_open
  scandir disk_free_space disk_total_space sys_get_temp_dir sys_getloadavg tempnam tmpfile linkinfo
  clearstatcache filegroup fileowner fileperms fileinode gethostbynamel
  escapeshellcmd escapeshellarg fputcsv fgetcsv passthru addslashes stripslashes addcslashes stripcslashes
  htmlentities htmlspecialchars nl2br urldecode rawurldecode urlencode rawurlencode getallheaders getrusage getmxrr checkdnsrr
  dns_get_record dns_check_record dns_get_mx microtime strtotime strftime gmstrftime gmdate gmmktime vsprintf vfprintf 
  natcasesort natsort pathinfo png2wbmp jpeg2wbmp debug_backtrace debug_print_backtrace
  get_browser get_resources get_extension_funcs get_parent_class get_class get_html_translation_table gethostname getprotobynumber
  is_executable is_writable is_writeable is_readable is_dir is_file is_link is_numeric is_array is_string mt_rand mt_srand mt_getrandmax
  mb_send_mail override_function rename_function restore_error_handler setrawcookie header_remove headers_sent headers_list
  header_register_callback session_id session_name session_destroy session_regenerate_id session_set_cookie_params session_unset
  json_decode json_encode fileatime filectime filemtime filetype fnmatch ftruncate fgetss 
  is_uploaded_file parse_url ob_clean ob_flush ob_get_level ob_get_status output_add_rewrite_var output_reset_rewrite_vars
  convert_cyr_string money_format nl_langinfo localeconv setlocale similar_text sha1_file md5_file lcg_value random_bytes random_int
  sys_getloadavg time_nanosleep time_sleep_until user_error trigger_error unregister_tick_function
  dom_import_simplexml date_default_timezone_set date_parse date_create easter_date cal_days_in_month connection_status connection_aborted
  arsort krsort base_convert bindec decbin dechex hexdec checkdate class_exists method_exists property_exists interface_exists 
  get_magic_quotes_gpc getimagesize getimagesizefromstring getmygid ini_get in_array ip2long long2ip is_a is_bool is_countable is_double
  is_finite is_float is_infinite is_int is_integer is_iterable is_long is_nan is_null is_object is_real is_resource is_scalar is_soap_fault
  is_subclass_of is_tainted ucfirst lcfirst strpbrk substr_compare quotemeta image2wbmp imagesx imagerotate
  imagefilter imageaffine imagepolygon imagearc imageellipse imagesetpixel fscanf stream_isatty set_magic_quotes_runtime
  reflectionfunction reflectionmethod openlog closelog define_syslog_variables disk_total_space  
`)

/** Extensions of PHP whose functions all begin alike, and like nothing else. */
export const FAMILIES: readonly string[] = words(`
  pg_connect pg_pconnect pg_close pg_query pg_exec pg_send_ pg_fetch_ pg_copy_ pg_lo_ pg_enter_ pg_exit_ pg_field_ pg_get_ pg_put_ pg_meta_
  pg_escape_ pg_result_ pg_set_ pg_convert pg_trace pg_prepare pg_host pg_dbname pg_options pg_parameter_ pg_pipeline_ pg_num_ pg_last_
  ldap_ odbc_ ibase_ mssql_ mysqli_ mysql_ sqlite_ sqlsrv_ ifx_ ifxus_ ssh2_ posix_ pcntl_ imap_ openssl_ mcrypt_ mhash_ shmop_ cubrid_ maxdb_
  fbsql_ ingres_ gnupg_ xmlrpc_ xmlwriter_ xml_parse xml_set_ xml_get_ xslt_ wddx_ yaml_parse enchant_ pspell_ apache_ apcu_ opcache_ uopz_
  runkit_ mb_ereg mb_str mb_convert_ mb_decode_ mb_encode_ mb_http_ mb_internal_ mb_output_ mb_parse_ mb_detect_ mb_check_ mb_substr
  array_change_ array_chunk array_column array_combine array_count_ array_diff array_fill array_filter array_flip array_intersect_ array_key
  array_map array_merge array_multisort array_pad array_product array_push array_rand array_reduce array_replace_ array_search array_shift
  array_splice array_udiff array_uintersect array_unshift array_values array_walk apc_ bzopen bzread bzwrite bzcompress bzdecompress
  ctype_ curl_ finfo_ ftp_ geoip_ gmp_ grapheme_ gz inotify_ kadm5_ libxml_ lzf_ mailparse_ mqseries_ msession_ msql_ ncurses_
  newt_ numfmt_ oci_ openal_ parsekit_ preg_ proc_ radius_ readline_ recode_ rrd_ sem_get shm_ snmp_ socket_c socket_s socket_r spl_ ssdeep_
  stomp_ stream_ svn_ swf_ sybase_ tcpwrap_ tidy_ timezone_ trader_ transliterator_ udm_ utf8_ variant_ vpopmail_ win32_ wincache_ xattr_
  xdiff_ xhprof_ yaz_ zend_ iconv_ simplexml_ fdf_ dba_ dbx_ dio_ eio_ exif_ fann_ cairo_ cyrus_ classkit_ bcompiler_ expect_popen expect_expectl ming_ nsapi_
  imagecreate imagettf imagefilled imagecopy imagepng imagejpeg imagegif imageline imagestring imagecolor imagedestroy
  php_ hash_hmac hash_file hash_algos intl_ iptc bcpow bcadd bcsub bcmul bcdiv bcmod bcsqrt collator_ datefmt_ ezmlm_ fam_ fribidi_
  gopher_ http_build http_response id3_ idn_to_ jddayof judy_ m_connect mdecrypt_ memcache_ msgfmt_ newt_  ocicol oauth_get
  ps_new ps_open px_new rar_ resourcebundle_ rpm_ sodium_ stats_rand str_contains str_ends_ str_getcsv str_ireplace str_pad str_repeat str_replace str_shuffle str_split str_starts_ str_word_ substr_
  token_get_all token_name unixtojd yp_ zlib_
`)

/** A stem is too short to be looked for: parts of other words. The rest of the value tells. */
const SHORT_STEMS = new Set(
  words(
    'gz var_ yp_ token_ shm_ rar_ id3_ ftp_ stream_ iptc swf_ udm_ rpm_ fam_ dio_ eio_ dba_ dbx_ spl_ gmp_ rrd_ fdf_ lzf_ newt_',
  ),
)

/** Families whose stem is a needle. */
export const FAMILY_NEEDLES: readonly string[] = FAMILIES.filter(stem => !SHORT_STEMS.has(stem))

/** Short names that other languages and people use too: only a call of the whole word counts. */
export const SHORT: readonly string[] = words(`
  system exec popen eval assert include include_once require_once extract usort uasort uksort
  fopen fread fwrite fputs fgets feof fseek ftell fflush fgetc chroot opendir readdir closedir rewinddir crc32 levenshtein metaphone
  soundex symlink readlink chgrp lchgrp lchown filesize gethostbyname getservbyname getprotobyname inet_ntop gettimeofday syslog usleep wordwrap uniqid strtok strcasecmp strncasecmp getdate fstat flock
  readfile file unlink rename copy mail putenv getenv getcwd chdir chmod chown mkdir rmdir glob dl compact
  printf vprintf die exit implode explode chr ord pack unpack
`)

/** Of the short ones, those that run what they are given. */
export const RUNNERS: ReadonlySet<string> = new Set(
  words(`
    system exec popen eval assert passthru shell_exec proc_open pcntl_exec call_user_func call_user_func_array create_function
    opendir readdir chroot readlink symlink phpinfo file_put_contents file_get_contents unlink readfile highlight_file show_source include include_once require require_once
    fopen scandir getenv phpversion php_uname var_dump print_r base64_decode array_map usort preg_replace putenv die
    printf mail unserialize move_uploaded_file
  `),
)

/** Runners that no other language and no person names. */
export const CALLBACKS: ReadonlySet<string> = new Set(
  words(`
    shell_exec passthru proc_open pcntl_exec call_user_func call_user_func_array create_function file_put_contents file_get_contents
    phpinfo show_source highlight_file var_dump base64_decode get_defined_vars get_defined_functions
  `),
)

const DISTINCT_SET: ReadonlySet<string> = new Set(DISTINCT)
const SHORT_SET: ReadonlySet<string> = new Set(SHORT)

/** A name that PHP alone has, possibly glued to what stands in front of it (lower case). */
export function isDistinct(name: string): boolean {
  if (DISTINCT_SET.has(name) || startsWithOneOf(name, RARE_STEMS)) return true
  return name.length < 64 && (LONG.get(name.slice(-ENDING)) ?? []).some(one => name.endsWith(one))
}

/** A name that may be that of a PHP function: it counts where a needle of another kind follows, a quote or a variable. */
export function isLikely(name: string): boolean {
  return startsWithOneOf(name, STEMS)
}

function startsWithOneOf(name: string, stems: ReadonlyMap<string, readonly string[]>): boolean {
  const candidates = stems.get(name.slice(0, BEGINNING)) ?? []
  return candidates.some(stem => name.startsWith(stem) && (name.length > stem.length || !stem.endsWith('_')))
}

/** So many characters decide which names are compared. */
const BEGINNING = 2
const ENDING = 4

const RARE_STEMS = Map.groupBy(FAMILY_NEEDLES, stem => stem.slice(0, BEGINNING))
const STEMS = Map.groupBy(FAMILIES, stem => stem.slice(0, BEGINNING))

export function isShort(name: string): boolean {
  return SHORT_SET.has(name)
}

const LONG = Map.groupBy(
  DISTINCT.filter(name => (name.length >= 10 && /_|base64/.test(name)) || /gz|sock|phpinfo|pass/.test(name)),
  name => name.slice(-ENDING),
)
