/** What occurs in every value that the judges can find something in, if its field is not one of `INCLUDED`. */

const DIGITS = [...'0123456789']

export const LITERALS: readonly string[] = [
  // Hosts that are addresses.
  ...DIGITS.flatMap(digit => [`//${digit}`, `@${digit}`]),
  '//[',
  // Files of code that are served as text.
  '.txt',
  '.inc?',
  '.dat?',
  '.log?',
  '.gif?',
  '.jpg?',
  '.phtml',
  '??',
  '%00',
  '?&',
  '?cmd=',
  '?c=',
  '?exec=',
  ...['c99', 'r57'].flatMap(name => [`/${name}`, `_${name}`]),
  'shell.',
  'cmd.',
  'backdoor.',
  'webshell',
  'b374k',
  // Streams that run or read what they are given.
  'ogg:/',
  'expect:/',
  'ssh2.',
  'rar:/',
  'glob:/',
  'zlib:/',
  'bzip2:/',
  'ftp:/',
  // Variables of PHP.
  '_conf[',
  '_phplib[',
  '_server[',
  '_env[',
  '_files[',
  '_session[',
  'globals[',
  'mosconfig_',
]
