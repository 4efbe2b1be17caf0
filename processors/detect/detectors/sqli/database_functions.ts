/** Functions, packages and procedures that only databases have. Lower case. */

/** Functions that only attackers and database administrators call: alone they are a sign. */
export const STRONG_FUNCTIONS: ReadonlySet<string> = new Set([
  'pg_sleep',
  'benchmark',
  'extractvalue',
  'updatexml',
  'xmltype',
  'load_file',
  'load_extension',
  'lo_import',
  'lo_export',
  'lo_get',
  'sys_eval',
  'sys_exec',
  'gtid_subset',
  'gtid_subtract',
  'name_const',
  'randomblob',
  'zeroblob',
  'utl_http.request',
  'utl_inaddr.get_host_address',
  'utl_inaddr.get_host_name',
  'dbms_pipe.receive_message',
  'dbms_lock.sleep',
  'dbms_ldap.init',
  'ctxsys.drithsx.sn',
  'pg_read_file',
  'pg_ls_dir',
  'pg_sleep_for',
  'pg_sleep_until',
  'database_to_xml',
  'query_to_xml',
  'openrowset',
  'opendatasource',
  'xp_cmdshell',
  'xp_dirtree',
  'xp_regread',
  'sp_executesql',
  'sp_oacreate',
  'sp_password',
  'xp_fileexist',
  'current_setting',
  'fn_varbintohexstr',
  'procedure analyse',
  'st_latfromgeohash',
  'st_pointfromgeohash',
  'st_longfromgeohash',
  'master_pos_wait',
  'pg_read_binary_file',
  'pg_stat_file',
  'pg_terminate_backend',
  'pg_reload_conf',
  'lo_from_bytea',
  'dblink_connect',
  'dblink_send_query',
  'dblink_exec',
  'table_to_xml',
  'schema_to_xml',
  'sqlite_compileoption_get',
  'fts3_tokenizer',
  'openquery',
  'is_srvrolemember',
  'has_dbaccess',
  'fn_xe_file_target_read_file',
  'fn_get_audit_file',
  'fn_trace_gettable',
  'fn_my_permissions',
  'loginproperty',
  'serverproperty',
  'httpuritype',
  'sleepeachrow',
  'regexp_substring',
  'xp_subdirs',
  'sp_addsrvrolemember',
  'sp_addlogin',
  'sp_configure',
  'sp_makewebtask',
  'sp_addextendedproc',
  'sp_oamethod',
  'xp_regwrite',
  'xp_servicecontrol',
  'xp_loginconfig',
  'xp_availablemedia',
  'xp_enumgroups',
  'xp_getfiledetails',
])

/** Packages of Oracle and Snowflake whose functions reach beyond the database, or wait. */
const PACKAGES =
  /^(?:sys\.)?(?:dbms_(?!output\.)\w{2,40}|utl_(?:http|inaddr|file|smtp|tcp|url|raw)|ctxsys\.drithsx|owa_util|apex_util)\.\w{1,64}$|^system\$\w{2,64}$/

export function isStrong(name: string): boolean {
  return STRONG_FUNCTIONS.has(name) || PACKAGES.test(name)
}

const PROCEDURE =
  /^(?:master\.{1,2}(?:dbo\.)?)?(?:xp_[a-z_]{4,40}|sp_(?:executesql|addextendedproc|addlogin|addsrvrolemember|configure|help\w{0,24}|makewebtask|oacreate|oamethod|password|prepare|replwritetovarbin|sqlexec|execute\w{0,8}))$|^(?:dbms_(?:java|pipe|lock|ldap|xmlgen|xmlquery|scheduler|obfuscation_toolkit)|utl_(?:http|inaddr|file|smtp|tcp)|openrowset|openquery|opendatasource|autonomous_transaction|sys_context|sys_eval|sys_exec|procedure analyse|tbcreator|sql_longvarchar|sql_variant|owa_util)(?:\.\w{1,64})?$/

/** Procedures and packages that reach beyond the database. */
export function isProcedure(name: string): boolean {
  return PROCEDURE.test(name)
}

/** Of geometry (WKT) everywhere; MySQL tells in its error what a select in them gave. */
export const GEOMETRIES: ReadonlySet<string> = new Set([
  'polygon',
  'multipoint',
  'geometrycollection',
  'multilinestring',
  'linestring',
  'multipolygon',
])

/** Functions that only databases have: no value of an application begins with a call of them. */
export const ONLY_SQL: ReadonlySet<string> = new Set(
  (
    'aes_decrypt aes_encrypt addtime adddate ascii_str asciistr atn2 benchmark bit_and ' +
    'bit_count bit_length bit_or bit_xor char_length character_length charindex coercibility concat_ws ' +
    'connection_id convert_tz crc32 curdate current_database current_query current_schema current_schemas current_setting ' +
    'current_timestamp current_user curtime date_add date_format date_sub dayname dayofmonth dayofweek ' +
    'dayofyear des_decrypt des_encrypt elt encode_digits export_set extractvalue field_in_set find_in_set ' +
    'found_rows from_base64 from_days from_unixtime get_format get_lock getutcdate group_concat hextoraw ' +
    'rawtohex ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa inet_server_addr inet_server_port is_free_lock ' +
    'is_ipv4 is_ipv6 is_used_lock iif instr json_agg json_array_elements json_array_length json_build_object ' +
    'json_contains json_contains_path json_depth json_each json_extract json_extract_path json_group_array json_group_object json_keys ' +
    'json_length json_merge json_object_keys json_populate_record json_quote json_search json_table json_typeof json_unquote ' +
    'json_valid jsonb_agg jsonb_array_elements jsonb_each jsonb_object_keys jsonb_pretty last_day last_insert_id lcase ' +
    'lpad load_file localtimestamp log10 ltrim rtrim make_set makedate maketime ' +
    'master_pos_wait name_const newid nullif numtodsinterval nvl nvl2 octet_length old_password ' +
    'pg_client_encoding pg_database_size pg_sleep pg_stat_file period_add period_diff position_in procedure_analyse quote_ident ' +
    'quote_literal quotename randomblob regexp_instr regexp_like regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table ' +
    'regexp_substr release_lock row_count row_number row_to_json rpad schema_name sec_to_time session_user ' +
    'soundex sqlite_compileoption_used sqlite_source_id sqlite_version str_to_date strcmp string_agg string_to_array subdate ' +
    'substring_index subtime sys_context sys_guid sysdate system_user time_format time_to_sec timediff ' +
    'timestampadd timestampdiff to_base64 to_char to_date to_days to_nchar to_number to_seconds ' +
    'to_timestamp tochar tonchar ucase uncompress uncompressed_length unhex unix_timestamp updatexml ' +
    'user_lock user_name utc_date utc_time utc_timestamp uuid_short validate_password_strength weekofyear weight_string ' +
    'xmlagg xmltype yearweek zeroblob suser_sname suser_id is_member object_name object_id ' +
    'db_id host_id schema_id col_name varbinary bin_to_num json_arrayagg json_objectagg group_replication_get_write_concurrency ' +
    'gtid_subset gtid_subtract st_astext st_geomfromtext random_bytes sha2 statement_digest collation charset ' +
    'any_value bin_to_uuid format_bytes format_pico_time ps_thread_id rolesgraphml icu_version mysqlx_error total_changes ' +
    'last_insert_rowid load_extension unlikely likelihood likely ' +
    'bit_get bit_set cume_dist dense_rank percent_rank datediff days_add first_value ' +
    'last_value nth_value ntile geomcollection json_array_append json_array_insert json_insert json_merge_patch ' +
    'json_merge_preserve json_overlaps json_pretty json_remove json_replace json_schema_valid json_set json_storage_size ' +
    'json_type json_value jsonb_array_length jsonb_build_object jsonb_extract_path jsonb_insert jsonb_object_agg jsonb_path_query ' +
    'jsonb_populate_record jsonb_set jsonb_to_record jsonb_typeof json_object_agg json_strip_nulls json_to_record mbrcontains ' +
    'mbrwithin monthname pg_backend_pid pg_conf_load_time pg_relation_size pg_size_pretty pg_table_size pg_terminate_backend ' +
    'pg_typeof pg_ls_dir pg_read_file pg_cancel_backend pg_advisory_lock quote_nullable regexp_count regexp_extract_all ' +
    'split_part st_area st_aswkb st_buffer st_contains st_distance st_geohash st_intersects ' +
    'st_length st_makepoint st_pointfromtext st_srid st_within st_x st_y stddev_pop ' +
    'stddev_samp var_pop var_samp to_ascii to_hex to_json to_jsonb to_tsquery ' +
    'to_tsvector ts_headline ts_rank txid_current array_agg array_append array_dims array_length ' +
    'array_lower array_position array_prepend array_remove array_to_json array_to_string array_upper clock_timestamp ' +
    'statement_timestamp transaction_timestamp date_part isfinite justify_days make_date make_interval make_timestamp ' +
    'setseed width_bucket btrim initcap pg_get_userbyid has_table_privilege has_schema_privilege inet_merge ' +
    'currval lastval nextval setval xml_is_well_formed xmlelement xmlforest xmlparse ' +
    'xmlquery xmlserialize xpath_exists cursor_to_xml table_to_xml wait_for_executed_gtid_set release_all_locks uuid_to_bin ' +
    'bitand dbms_random nanvl numtoyminterval ora_hash sys_connect_by_path sys_typeid to_blob ' +
    'to_clob to_multi_byte to_single_byte to_timestamp_tz vsize lnnvl add_months months_between ' +
    'next_day has_perms_by_name is_rolemember openxml parsename patindex sysdatetime sysutcdatetime ' +
    'try_cast try_convert try_parse dateadd datename datepart eomonth isdate ' +
    'db_name file_name filegroup_name host_name original_login json_patch julianday strftime ' +
    'unixepoch group_replication_set_as_primary'
  ).split(' '),
)
