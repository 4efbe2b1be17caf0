/** The mode for Envoy's external processing: `envoy_external_filter` becomes an ingest server. */
import type { Path } from '#schemas/config/document.ts'
import type { Draft } from './draft.ts'
import type { ReferenceFile } from './file.ts'
import { addProducer } from './producers.ts'
import { listenAddress } from './values.ts'

const FROM: Path = ['envoy_external_filter']
const REQUIRED = ['address', 'tls_cert', 'tls_key'] as const
/** Where the token is that clients must show: a file of the other product names none. */
const TOKEN = 'TAPWIRE_ENVOY_TOKEN'

export function ingestOfEnvoy({ envoy_external_filter: given = {} }: ReferenceFile, draft: Draft): void {
  const { address, tls_cert, tls_key } = given
  if (address === undefined || tls_cert === undefined || tls_key === undefined) {
    const missing = REQUIRED.filter(key => given[key] === undefined).join(', ')
    draft.fail(['mode'], `envoy-external-filter needs envoy_external_filter with ${missing}`)
    return
  }
  const at = addProducer(draft, 'envoy', address, FROM)
  draft.set([...at, 'listen'], listenAddress(address) ?? address, [...FROM, 'address'])
  draft.set([...at, 'tls', 'cert'], { file: tls_cert }, [...FROM, 'tls_cert'])
  draft.set([...at, 'tls', 'key'], { file: tls_key }, [...FROM, 'tls_key'])
  draft.set([...at, 'token'], { env: TOKEN }, FROM)
  draft.warn(
    FROM,
    `Envoy must show a token here, so that not everybody can make up traffic: set ${TOKEN}, and in the filter grpc_service.initial_metadata authorization "Bearer <token>"`,
  )
}
