/** A client listener with TLS and login: certificates made for this cluster, and one user. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath } from '#infra/setup/program.ts'
import { type Access, Unavailable } from './contract.ts'
import type { Properties } from './properties.ts'

export interface Security {
  readonly access: Access | null
  readonly properties: Properties
  /** For Kafka's StorageTool: SCRAM users are part of the metadata. */
  readonly formatWords: readonly string[]
}

export const NOT_SECURE: Security = { access: null, properties: {}, formatWords: [] }

const USER = 'tapwire'
const MODULES = 'org.apache.kafka.common.security'

/**
 * Makes an authority (`ca.pem`) and the certificate of all brokers (`broker.pem`, with its key) in `folder`; the brokers
 * find them in `seenAs`. Throws `Unavailable` without openssl.
 */
export function secure(folder: string, seenAs: string): Security {
  const password = randomBytes(12).toString('hex')
  const ca = makeCertificates(folder)
  const scram = ['256', '512'].map(bits => `SCRAM-SHA-${bits}=[name=${USER},password=${password}]`)
  return {
    access: { ca, user: USER, password },
    formatWords: scram.flatMap(user => ['--add-scram', user]),
    properties: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': `${seenAs}/broker.pem`,
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.client.plain.sasl.jaas.config': `${MODULES}.plain.PlainLoginModule required user_${USER}="${password}";`,
      'listener.name.client.scram-sha-256.sasl.jaas.config': `${MODULES}.scram.ScramLoginModule required;`,
      'listener.name.client.scram-sha-512.sasl.jaas.config': `${MODULES}.scram.ScramLoginModule required;`,
    },
  }
}

/** Valid for two days; the key of the authority is of no more use afterwards. */
function makeCertificates(folder: string): string {
  const file = (name: string): string => join(folder, name)
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
  openssl(
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=Tapwire test authority',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  )
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE']
  const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')]
  openssl(
    'req',
    '-x509',
    ...key,
    ...name,
    ...leaf,
    ...signer,
    '-keyout',
    file('broker.pem'),
    '-out',
    file('broker.crt'),
  )
  const ca = readFileSync(file('ca.pem'), 'utf8')
  appendFileSync(file('broker.pem'), readFileSync(file('broker.crt'), 'utf8') + ca)
  return ca
}

function openssl(...words: string[]): void {
  const program = programPath('openssl')
  if (program === null) throw new Unavailable('openssl is not installed (npm run setup installs it)')
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${words[0]} failed: ${stderr}`)
}
