/**
 * UNC paths (`\\host\share\file`) that make a Windows server reach for what no client means: administrative shares, device
 * namespaces, itself, and hosts given as addresses or with a WebDAV port, to which it would send its credentials.
 */
export const UNC_NEEDLES: readonly string[] = [
  '\\\\?\\',
  '\\\\.\\',
  '\\\\localhost\\',
  'admin$',
  'ipc$',
  '@ssl',
  '@80\\',
  '@443\\',
  '@8080\\',
  'davwwwroot',
  'ipv6-literal.net',
  ...Array.from('abcdefghijklmnopqrstuvwxyz', letter => `\\${letter}$`),
  ...Array.from({ length: 10 }, (_, digit) => `\\\\${digit}`),
]

const UNC =
  /^\s{0,8}(?:file:)?\\\\(?:[?.]\\|localhost\\|\d{1,3}(?:\.\d{1,3}){3}(?:@\w{1,5})?\\|[\w-]{1,64}\.ipv6-literal\.net\\|[\w.-]{1,253}(?:@ssl(?:@\d{1,5})?|@(?:80|443|8080))\\|[\w.-]{1,253}\\(?:[a-z]\$|admin\$|ipc\$|davwwwroot)(?:\\|$))/

/** The part of `lower` up to the share, when it is such a path. */
export function uncOf(lower: string): string | null {
  return UNC.exec(lower)?.[0] ?? null
}
