/** An authority and one certificate of it, for both ends of a connection in a test. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { programPath } from '#infra/setup/program.ts'

/** Writes `ca.crt`, `tls.crt` and `tls.key` for that DNS name, as cert-manager names them. Good for a day. */
export function makeCertificates(folder: string, name: string): void {
  const file = (part: string): string => join(folder, part)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  openssl('req', '-x509', ...key, '-subj', '/CN=authority', '-keyout', file('ca.key'), '-out', file('ca.crt'))
  const extensions = ['-addext', `subjectAltName=DNS:${name}`, '-addext', 'basicConstraints=critical,CA:FALSE']
  const signer = ['-CA', file('ca.crt'), '-CAkey', file('ca.key')]
  const out = ['-keyout', file('tls.key'), '-out', file('tls.crt')]
  openssl('req', '-x509', ...key, '-subj', '/CN=test', ...extensions, ...signer, ...out)
}

function openssl(...words: string[]): void {
  const { status, stderr } = spawnSync(programPath('openssl')!, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${words[0]}: ${stderr}`)
}
