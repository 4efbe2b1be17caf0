/** The two ways out of Envoy, and what belongs to each is called. */
export type Way = 'lua' | 'ext-proc'

/** In the list of HTTP filters; exclusions name it. */
export const FILTERS: Readonly<Record<Way, string>> = { lua: 'tapwire.lua', 'ext-proc': 'tapwire.ext_proc' }

/** The cluster that the filter sends to. */
export const CLUSTERS: Readonly<Record<Way, string>> = { lua: 'tapwire-ingest', 'ext-proc': 'tapwire-ext-proc' }

/** Where the pods of infra/deploy/istio/tapwire answer … */
export const HOST = 'tapwire-ingest.tapwire.svc.cluster.local'
/** … and at which port of their Service. */
export const PORTS: Readonly<Record<Way, number>> = { lua: 5000, 'ext-proc': 5080 }

/** Stands where the token belongs: what the ingest server wants to see. */
export const TOKEN = 'REPLACE-WITH-TOKEN'
