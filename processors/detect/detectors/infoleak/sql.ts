/** Errors of databases in responses: proof that input reached a statement. */
import { ERROR_MESSAGE, type Probe } from './leak.ts'
import { isTold } from './scene.ts'

/** Needle that has to occur, and the whole message as far as it is the same everywhere. */
const MESSAGES: readonly (readonly [database: string, needle: string, message: RegExp])[] = [
  ['MySQL', 'error in your sql syntax', /you have an error in your sql syntax/],
  ['MySQL', 'warning: mysql', /warning: mysqli?_\w{1,40}\(\)/],
  ['MySQL', 'warning</b>:  mysql', /warning<\/b>: {1,4}mysqli?_\w{1,40}\(\)/],
  ['MySQL', 'valid mysql result', /supplied argument is not a valid mysql result/],
  [
    'MySQL',
    'unknown column ',
    /unknown column '[^'\n]{1,128}' in '(?:field list|(?:where|order|group|on|having) clause)'/,
  ],
  [
    'MySQL',
    '(using password: ',
    /access denied for user '[^'\n]{0,64}'@'[^'\n]{1,128}' \(using password: (?:yes|no)\)/,
  ],
  ['MySQL', 'com.mysql.', /com\.mysql\.(?:cj\.)?jdbc\.[\w.]{1,64}exception/],
  ['MySQL', 'xpath syntax error: ', /xpath syntax error: '[^\n]{1,64}/],
  ['MySQL', 'duplicate entry ', /duplicate entry '[^'\n]{1,128}' for key '/],
  ['PDO', 'sqlstate[', /sqlstate\[\w{5}\]/],
  ['PostgreSQL', 'pg::', /pg::\w{1,40}error: error:/],
  ['PostgreSQL', 'pg_query()', /pg_(?:query|exec|execute)\(\): query failed/],
  ['PostgreSQL', 'psqlexception', /org\.postgresql\.util\.psqlexception/],
  [
    'PostgreSQL',
    'at or near ',
    /(?:syntax error|unterminated quoted string|unterminated quoted identifier) at or near \\?"/,
  ],
  [
    'PostgreSQL',
    'invalid input syntax for ',
    /invalid input syntax for (?:type )?(?:integer|bigint|uuid|numeric|double precision|timestamp)[^\n]{0,16}: \\?"/,
  ],
  ['PostgreSQL', 'psycopg2.', /psycopg2\.(?:errors\.)?\w{1,40}/],
  ['PostgreSQL', 'violates unique constraint', /duplicate key value violates unique constraint/],
  ['SQL Server', 'unclosed quotation mark', /unclosed quotation mark (?:after|before) the character string/],
  ['SQL Server', 'incorrect syntax near', /incorrect syntax near (?:the keyword )?(?:'|&#39;|\\'|")/],
  ['SQL Server', 'ole db provider for ', /microsoft ole db provider for (?:odbc|sql server|oracle)/],
  [
    'SQL Server',
    '[sql server',
    /\[(?:odbc )?(?:driver \d{1,2} for )?sql server(?: native client [\d.]{1,8}| driver)?\]/,
  ],
  ['SQL Server', 'sqlexception', /(?:system|microsoft)\.data\.sqlclient\.sqlexception/],
  ['SQL Server', 'conversion failed when converting', /conversion failed when converting the \w{1,20} value/],
  ['SQL Server', 'com.microsoft.sqlserver', /com\.microsoft\.sqlserver\.jdbc\.\w{1,40}exception/],
  ['Oracle', 'ora-', /\bora-\d{5}: /],
  ['Oracle', 'pls-', /\bpls-\d{5}: /],
  ['Oracle', 'quoted string not properly', /quoted string not properly terminated/],
  ['Oracle', 'oracle.jdbc', /oracle\.jdbc\.[\w.]{1,64}exception/],
  ['SQLite', 'sqlite_error', /sqlite_error: /],
  ['SQLite', 'sqlite3.', /sqlite3\.(?:operationalerror|integrityerror|programmingerror|databaseerror)/],
  ['SQLite', 'sqlite3::', /sqlite3::(?:sqlexception|query|exec|prepare)/],
  ['SQLite', ': syntax error', /near "[^"\n]{1,64}": syntax error/],
  ['SQLite', 'unrecognized token', /unrecognized token: "[^\n]{1,64}/],
  ['DB2', 'db2 sql error', /db2 sql error: sqlcode/],
  ['DB2', 'com.ibm.db2', /com\.ibm\.db2\.jcc/],
  ['Sybase', 'sybase message:', /sybase message:/],
  ['Informix', 'com.informix.jdbc', /com\.informix\.jdbc/],
  ['Access', 'jet database engine', /microsoft (?:office access|jet) database engine/],
  ['Access', 'in query expression', /syntax error (?:\(missing operator\) )?in query expression/],
  ['Firebird', 'dynamic sql error', /dynamic sql error/],
  ['H2', 'org.h2.jdbc', /org\.h2\.jdbc\.\w{1,64}exception/],
  ['HSQLDB', 'org.hsqldb', /org\.hsqldb\.[\w.]{1,64}/],
  ['Hibernate', 'could not extract resultset', /could not extract resultset/],
  ['Hibernate', 'org.hibernate.', /org\.hibernate\.[\w.]{1,64}exception/],
  ['Sequelize', 'sequelizedatabaseerror', /sequelizedatabaseerror/],
  ['TypeORM', 'queryfailederror', /queryfailederror/],
  ['Prisma', 'invalid `prisma', /invalid `prisma\.[\w.]{1,64}\(\)` invocation/],
  ['Django', 'django.db.utils', /django\.db\.utils\.\w{1,40}/],
  ['Doctrine', 'dbal', /doctrine\\{1,2}dbal\\{1,2}/],
  ['SQLAlchemy', 'sqlalchemy.exc', /sqlalchemy\.exc\.\w{1,40}/],
  ['Java', 'java.sql.sql', /java\.sql\.sql\w{0,32}exception/],
  ['MongoDB', 'mongoservererror', /mongoservererror: /],
  ['MongoDB', 'com.mongodb.', /com\.mongodb\.[\w.]{1,64}exception/],
]

export const SQL_PROBES: readonly Probe[] = MESSAGES.map(([database, needle, message]) => ({
  rule: 'infoleak.sql-error',
  needles: [needle],
  find(text, lower, scene) {
    const found = message.exec(lower)
    if (found === null || !isTold(scene, lower, found.index)) return null
    return {
      rule: 'infoleak.sql-error',
      severity: 'high',
      at: found.index,
      evidence: text.slice(found.index),
      why: `The response holds an error message of ${database}: input reached a statement, and its answer reaches the client.`,
      shows: found[0].slice(0, 256),
      cwe: ERROR_MESSAGE,
    }
  },
}))
