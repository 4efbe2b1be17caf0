/** What Kubernetes and Istio publish about the shape of their objects, for the tests of `infra/deploy`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from './bootstrap.js'
import { fetchModule } from './go.ts'
import { fetchPackage } from './pip.ts'

/** Releases that carry the schemas. */
const ISTIO_API = '1.31.1'
const CERT_MANAGER_RELEASE = '1.21.2'
const KUBERNETES_VALIDATE = '1.37.0'

const ISTIO = join(CACHE, 'istio-api', ISTIO_API)
const CERT_MANAGER = join(CACHE, 'cert-manager', CERT_MANAGER_RELEASE)
const KUBERNETES = join(CACHE, 'kubernetes-validate', KUBERNETES_VALIDATE)

/** The custom resource definitions that Istio installs, in one YAML file. */
export const ISTIO_DEFINITIONS = join(ISTIO, 'kubernetes/customresourcedefinitions.gen.yaml')

/** What cert-manager says about its Certificate. */
export const CERTIFICATE_DEFINITION = join(CERT_MANAGER, 'deploy/crds/cert-manager.io_certificates.yaml')

/** A folder with `_definitions.json` for each release from 1.25 on, e.g. `v1.37.0-local-strict`: unknown fields are refused. */
export const KUBERNETES_SCHEMAS = join(KUBERNETES, 'kubernetes_validate/kubernetes-json-schema')

export function istioDefinitionsPresent(): boolean {
  return existsSync(ISTIO_DEFINITIONS)
}

export function certificateDefinitionPresent(): boolean {
  return existsSync(CERTIFICATE_DEFINITION)
}

export function kubernetesSchemasPresent(): boolean {
  return existsSync(KUBERNETES_SCHEMAS)
}

/** About 1.4 MB. Throws `SetupFailure`. */
export function installIstioDefinitions(): Promise<void> {
  return fetchModule(ISTIO, 'istio.io/api', ISTIO_API)
}

/** About 4 MB. Throws `SetupFailure`. */
export function installCertificateDefinition(): Promise<void> {
  return fetchModule(CERT_MANAGER, 'github.com/cert-manager/cert-manager', CERT_MANAGER_RELEASE)
}

/** About 23 MB. Throws `SetupFailure`. */
export function installKubernetesSchemas(): Promise<void> {
  return fetchPackage(KUBERNETES, 'kubernetes-validate', KUBERNETES_VALIDATE)
}
