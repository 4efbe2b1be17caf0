/** Certificates for tests: an authority, a server on loopback, and clients. Needs openssl. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath } from '#infra/setup/program.ts'

export interface Certificate {
  /** PEM. */
  readonly cert: string
  readonly key: string
}

/** Can certificates be made here? For tests that cannot skip by themselves. */
export const canCertify = programPath('openssl') !== null

/** Valid for two days; everything is written to `folder`. */
export class Authority {
  /** PEM. */
  readonly cert: string
  readonly #folder: string
  readonly #name: string

  constructor(folder: string, name = 'authority') {
    this.#folder = folder
    this.#name = name
    this.#openssl(['-subj', `/CN=Tapwire test ${name}`, ...this.#into(name)])
    this.cert = this.#read(`${name}.pem`)
  }

  /** `names` as openssl writes them: `DNS:localhost,IP:127.0.0.1,URI:spiffe://…`. */
  issue(name: string, names: string): Certificate {
    const signer = ['-CA', join(this.#folder, `${this.#name}.pem`), '-CAkey', join(this.#folder, `${this.#name}.key`)]
    const extensions = ['-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=critical,CA:FALSE']
    this.#openssl(['-subj', `/CN=${name}`, ...extensions, ...signer, ...this.#into(name)])
    return { cert: this.#read(`${name}.pem`), key: this.#read(`${name}.key`) }
  }

  #into(name: string): readonly string[] {
    return ['-keyout', join(this.#folder, `${name}.key`), '-out', join(this.#folder, `${name}.pem`)]
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), 'utf8')
  }

  #openssl(words: readonly string[]): void {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    const { status, stderr } = spawnSync(programPath('openssl')!, ['req', '-x509', ...key, ...words], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`openssl failed: ${stderr}`)
  }
}
