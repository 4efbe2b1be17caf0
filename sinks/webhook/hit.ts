/**
 * A detection as a `new_hits` notification of Wallarm's webhooks, after their public documentation. What Tapwire does not know is null or
 * empty: country, data centre, numbers of their own engine (stamps, heuristic distance, probability). The same detection gives the same text.
 */
import { isIPv4, isIPv6 } from 'node:net'
import type { Detection } from '#schemas/records/detection.ts'
import { flatPoint, parameterOf } from './point.ts'

/** How their hits say that there is no regular expression. */
const NO_REGEX = -2_147_483_648

export function newHits(d: Detection, { client, cloud }: { readonly client: string; readonly cloud: string }): object {
  const seconds = Math.floor(d.time / 1_000_000)
  const point = flatPoint(d.point)
  const hit = {
    host: d.host,
    heur_distance: null,
    method: d.method,
    path: d.path,
    payloads: [d.evidence],
    point,
    probability: null,
    remote_country: null,
    remote_port: d.client.port ?? null,
    remote_addr4: isIPv4(d.client.ip) ? d.client.ip : null,
    remote_addr6: isIPv6(d.client.ip) ? d.client.ip : null,
    datacenter: 'unknown',
    tor: 'none',
    request_time: seconds,
    // Of the capture, not of sending: what is sent again must be the same.
    create_time: seconds,
    response_len: null,
    response_status: d.response?.status ?? null,
    response_time: null,
    stamps: [],
    regex: [],
    stamps_hash: 0,
    regex_hash: NO_REGEX,
    type: d.attack,
    block_status: 'monitored',
    brute_counter: null,
    final_wallarm_mode: 'monitoring',
    libproton_version: null,
    lom_id: null,
    protocol: 'none',
    proxy_type: null,
    request_id: d.exchange,
    wallarm_mode: null,
    id: ['tapwire', d.id],
    object_type: 'hit',
    anomaly: null,
    parameter: parameterOf(point),
    applications: [d.application < 0 ? 'default' : String(d.application)],
  }
  const details = { client_name: client, cloud, notification_type: 'new_hits', hit }
  return { summary: '[Tapwire] New hit detected', details }
}
