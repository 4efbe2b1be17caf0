/** What the operators of SQL, and the words that stand beside them, mean to the judges. Lower case. */

/** Join two conditions. */
export const BOOLEANS: ReadonlySet<string> = new Set(['or', 'and', 'xor', '||', '&&'])

/** Compare two values. */
export const COMPARISONS: ReadonlySet<string> = new Set([
  '=',
  '<',
  '>',
  '<>',
  '!=',
  '>=',
  '<=',
  '<=>',
  '==',
  '===',
  '!==',
  '~',
  '!~',
  '~*',
  '@>',
  '<@',
  '->',
  '->>',
  '#>',
  '#>>',
  '@?',
  '?|',
  '?&',
  '::',
  'like',
  'rlike',
  'regexp',
  'in',
  'is',
  'between',
  'not',
  'sounds',
  'glob',
  'ilike',
  'similar',
  'match',
])

/** Second words of comparisons: `is not`, `not like`, `sounds like`. */
export const COMPARISON_WORDS: ReadonlySet<string> = new Set([
  'like',
  'glob',
  'regexp',
  'rlike',
  'in',
  'between',
  'ilike',
  'distinct',
])

/** Comparisons that no measure or range is written with. */
export const DECISIVE: ReadonlySet<string> = new Set(['!=', '<>', '<=>', 'is', 'not'])

/** Make a new value of two. */
export const ARITHMETIC: ReadonlySet<string> = new Set([
  '||',
  '|',
  '&',
  '^',
  '+',
  '-',
  '*',
  '/',
  '%',
  '<<',
  '>>',
  'div',
  'mod',
  'collate',
])

/** PostgreSQL's operators on JSON, which no prose and little code writes after a string. */
export const JSON_OPERATORS: ReadonlySet<string> = new Set([
  '::',
  '@>',
  '<@',
  '->',
  '->>',
  '#>',
  '#>>',
  '@?',
  '?|',
  '?&',
  '?',
  '@',
  '#-',
])

/** What follows double quotes in HTML, JSON and code all the time. */
export const USUAL_AFTER_QUOTE: ReadonlySet<string> = new Set(['<', '>', '/', '%', '-', '+', '!', '~', '?', '>=', '<='])

/** Words that may stand right after a closing quote and mean SQL. */
export const TAIL_WORDS: ReadonlySet<string> = new Set([
  'except',
  'intersect',
  'minus',
  'procedure',
  'waitfor',
  'select',
  'insert',
  'update',
  'delete',
  'drop',
  'exec',
  'execute',
  'declare',
  'shutdown',
  'truncate',
  'union',
  'order',
  'group',
  'having',
  'limit',
  'as',
  'when',
  'into',
  'like',
  'rlike',
  'regexp',
  'between',
  'in',
  'is',
  'not',
  'div',
  'mod',
  'glob',
  'ilike',
  'sounds',
  'collate',
  'similar',
  'match',
])
