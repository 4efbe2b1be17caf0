/**
 * The schemas that Kubernetes and Istio publish, as a judge of manifests.
 *
 * Kubernetes' come strict: a field that they do not have is refused. Istio's are structural schemas of custom resources, where an
 * API server drops unknown fields silently: they are made strict here, except where they say that unknown fields stay.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parseAllDocuments } from 'yaml'
import {
  CERTIFICATE_DEFINITION,
  certificateDefinitionPresent,
  ISTIO_DEFINITIONS,
  istioDefinitionsPresent,
  KUBERNETES_SCHEMAS,
  kubernetesSchemasPresent,
} from '#infra/setup/manifest-schemas.ts'
import { missing } from '#test/needs.ts'
import type { Manifest } from './read.ts'

/** The oldest and the newest release that the manifests are for. */
export const KUBERNETES_RELEASES = ['1.25.0', '1.37.0'] as const
export type KubernetesRelease = (typeof KUBERNETES_RELEASES)[number]

/** What is wrong with it, a line each with the place; null: nothing knows such a kind. */
export type Judge = (manifest: Manifest) => readonly string[] | null

/** `if (!needsSchemas(t)) return`: true when all are there. */
export function needsSchemas(t: TestContext): boolean {
  if (!certificateDefinitionPresent()) return missing(t, 'cert-manager’s is not here (npm run setup fetches it)')
  if (!istioDefinitionsPresent()) return missing(t, 'the schemas of Istio are not here (npm run setup fetches them)')
  return kubernetesSchemasPresent() || missing(t, 'those of Kubernetes are not here (npm run setup fetches them)')
}

type Schema = { readonly [key: string]: unknown }

const NAMES = '/api/_definitions.json'

/** Judges what is part of Kubernetes itself. `definition`: a piece instead of a whole object, e.g. `io.k8s.api.core.v1.Volume`. */
export function kubernetesJudge(
  release: KubernetesRelease,
): (manifest: unknown, definition?: string) => string[] | null {
  const file = join(KUBERNETES_SCHEMAS, `v${release}-local-strict/_definitions.json`)
  const { $defs } = JSON.parse(readFileSync(file, 'utf8')) as { readonly $defs: Readonly<Record<string, Schema>> }
  const ajv = judgeOf({ $id: NAMES, $defs })
  const kinds = new Map<string, string>()
  for (const [name, schema] of Object.entries($defs)) {
    const known = schema['x-kubernetes-group-version-kind'] as readonly GroupVersionKind[] | undefined
    for (const { group, version, kind } of known ?? []) kinds.set(`${apiVersion(group, version)} ${kind}`, name)
  }
  return (manifest, definition) => {
    const { apiVersion, kind } = manifest as Manifest
    const name = definition ?? kinds.get(`${apiVersion} ${kind}`)
    const validate = name === undefined ? undefined : ajv.getSchema(`${NAMES}#/$defs/${name}`)
    return validate === undefined ? null : problems(validate, manifest)
  }
}

interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

function apiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`
}

interface Definition {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[]
  }
}

/** Judges Istio's own kinds. */
export function istioJudge(): Judge {
  return definitionsJudge(ISTIO_DEFINITIONS)
}

/** Judges cert-manager's Certificate. */
export function certificateJudge(): Judge {
  return definitionsJudge(CERTIFICATE_DEFINITION)
}

/** `file`: definitions of custom resources, in YAML. */
function definitionsJudge(file: string): Judge {
  const ajv = judgeOf()
  const validators = new Map<string, ValidateFunction>()
  for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
    const definition = document.toJS() as Definition | null
    if (definition === null) continue
    const { group, names, versions } = definition.spec
    for (const { name, schema } of versions) {
      const whole = strict({
        ...schema.openAPIV3Schema,
        properties: { ...OBJECT, ...propertiesOf(schema.openAPIV3Schema) },
      })
      validators.set(`${group}/${name} ${names.kind}`, ajv.compile(whole))
    }
  }
  return manifest => {
    const validate = validators.get(`${manifest.apiVersion} ${manifest.kind}`)
    return validate === undefined ? null : problems(validate, manifest)
  }
}

/** What every object has, and no definition of a custom resource repeats. */
const OBJECT = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
}

function propertiesOf(schema: Schema): Schema {
  return (schema['properties'] ?? {}) as Schema
}

/** The same schema, refusing fields that it does not have. */
function strict(schema: Schema): Schema {
  const entries = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (key === 'properties') {
      const fields = Object.entries(value as Readonly<Record<string, Schema>>)
      return [key, Object.fromEntries(fields.map(([name, field]) => [name, strict(field)]))]
    }
    return [key, key === 'items' || isSchemaOfRest(key, value) ? strict(value as Schema) : value]
  })
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in schema
  const closed = 'properties' in schema && !open ? { additionalProperties: false } : {}
  return { ...Object.fromEntries(entries), ...closed }
}

function isSchemaOfRest(key: string, value: unknown): boolean {
  return key === 'additionalProperties' && typeof value === 'object'
}

/** Formats (int32, int-or-string) and extensions are Kubernetes' own: no keywords of JSON Schema. */
function judgeOf(definitions?: Schema): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false })
  if (definitions !== undefined) ajv.addSchema(definitions)
  return ajv
}

function problems(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value) === true) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = (params as { readonly additionalProperty?: string }).additionalProperty
    return `${instancePath === '' ? '/' : instancePath} ${message}${extra === undefined ? '' : `: ${extra}`}`
  })
}
