/** Tokens by the first word of a target's name. */

// biome-ignore format: a table
export const HTTP: readonly string[] = [
  '\r\n', '\r\n\r\n', '\n', '\r', '\n\n', ' ', '\t', ':', ',', ';', '=', '\0', '\x0b', '\xff',
  'GET ', 'POST ', 'HEAD ', 'CONNECT ', 'OPTIONS * ', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ' HTTP/1.1\r\n', ' HTTP/1.0\r\n', 'HTTP/1.1 ',
  'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 101 \r\n', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 204 \r\n\r\n', 'HTTP/1.1 304 \r\n\r\n',
  'Host: a\r\n', 'Content-Length: 0\r\n', 'Content-Length: 5\r\n', 'Content-Length: 5, 5\r\n', 'Content-Length: +5\r\n',
  'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip, chunked\r\n', 'transfer-encoding:chunked\r\n', 'Transfer-Encoding : chunked\r\n',
  '0\r\n\r\n', '0\r\n', '1\r\na\r\n', '5;x=y\r\n', 'ffffffffffffffff\r\n', '10000000000000000\r\n', '-1\r\n', 'Trailer: a\r\n',
  'Transfer-Encoding: xchunked\r\n', 'Transfer-Encoding: chunked, identity\r\n', 'Transfer-Encoding:\x0bchunked\r\n', 'Transfer_Encoding: chunked\r\n',
  'X: y\rContent-Length: 3\r\n', 'X: y\r\n Transfer-Encoding: chunked\r\n', 'Content-Length:\r\n 3\r\n', 'Content-Length: 18446744073709551619\r\n',
  'Content-Length: 0x3\r\n', 'Content-Length: -1\r\n', '0x3\r\n', '+3\r\n', ' 3\r\n', '3\n', '3;\n', '3\rx\n', '100000003\r\n', 'Content-Length: 3, 4\r\n',
  'Expect: y 100-continue\r\n', 'HTTP2-Settings: AAMAAABkAAQCAAAA\r\n', 'Connection: Upgrade, HTTP2-Settings\r\n',
  'Connection: close\r\n', 'Connection: keep-alive, upgrade\r\n', 'Upgrade: websocket\r\n', 'Upgrade: h2c\r\n', 'Expect: 100-continue\r\n',
  'Content-Encoding: gzip\r\n', 'Content-Encoding: br, deflate\r\n', '\x1f\x8b\x08', ' folded\r\n',
  'X-Forwarded-For: 1.2.3.4\r\n', 'http://a:80/b?c#d', '/a/../b', '%2e', '%', '%00', '%u0041', '?a=b&c[]=d', 'PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n',
]

// biome-ignore format: a table
const DETECT: readonly string[] = [
  '{', '}', '[', ']', '"', ':', ',', '\\', '\\u0041', '\\ud800', '[[[[', '{"a":', '"__proto__"', 'null', '1e999',
  '%', '%25', '%252e', '%c0%ae', '%u002e', '&', '=', '+', ';', '../', '..\\', '/etc/passwd', '\0', "'", '"', '--', '/*', '*/', '#',
  ' union select ', ' or 1=1', 'sleep(5)', 'benchmark(', '0x', "'='", '<script>', '<svg/onload=', 'javascript:', '&#x3c;', '&lt;',
  '</', '>', '`', '${', '{{', 'PHNjcmlwdD4=', 'Li4vLi4vZXRjL3Bhc3N3ZA==', '\xff', '\xc0\xaf',
]

// biome-ignore format: a table
const FORWARDED: readonly string[] = [
  'for=', 'by=', 'host=', 'proto=', ';', ',', '"', '\\', '[', ']', ':', '::', '::1', '::ffff:1.2.3.4', 'fe80::1%eth0', '%', '1.2.3.4', '1.2.3.4:80',
  '[::1]:80', 'unknown', '_hidden', '255.255.255.256', '0', '/', '/32', '/129', ' ', '\t', '=', 'https', '"[2001:db8::1]:4711"',
]

// biome-ignore format: a table
const BINARY: readonly string[] = [
  '\0', '\xff', '\0\0\0\0', '\xff\xff\xff\xff', '\x08\0', '\x86\xdd', '\x81\0', '\x88\xa8', '\x88\x47', '\x88\x64', '\x06', '\x11', '\x2f', '\x45\0',
  '\x60\0\0\0', '\x12\xb5', '\x17\xc1', '\x08\x68', '\x0a\x0d\x0d\x0a', '\x4d\x3c\x2b\x1a', '\xd4\xc3\xb2\xa1', '\xa1\xb2\xc3\xd4', '\x1f\x8b\x08',
]

// biome-ignore format: a table
const YAML: readonly string[] = [
  '\n', '  ', '- ', ': ', '[', ']', '{', '}', '"', "'", '&a ', '*a', '!!', '<<: ', '|\n', '>\n', '#', '---\n', '${env:', '${file:', '~', '\t', '__proto__: ',
]

export const DICTIONARIES: ReadonlyMap<string, readonly string[]> = new Map([
  ['http', HTTP],
  ['http1', HTTP],
  ['detect', DETECT],
  ['json', DETECT],
  ['forwarded', FORWARDED],
  ['address', FORWARDED],
  ['config', YAML],
  ['avro', BINARY],
  ['tcp', BINARY],
  ['segments', BINARY],
  ['dissect', BINARY],
  ['fragments', BINARY],
  ['pcap', BINARY],
  ['mirror', BINARY],
  ['bpf', BINARY],
])
