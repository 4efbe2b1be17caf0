import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { detection } from '#test/driver/records.ts'
import { newHits } from './hit.ts'
import { flatPoint, parameterOf } from './point.ts'

describe('points of hits', () => {
  const cases: readonly (readonly [ours: string, theirs: string, parameter: string])[] = [
    ['uri', 'uri', 'URI_value'],
    ['query id', 'get id', 'GET_id_value'],
    ['query query', 'get query', 'GET_query_value'],
    ['query', 'get', 'GET_value'],
    ['header COOKIE cookie session', 'header COOKIE cookie session', 'HEADER_COOKIE_COOKIE_session_value'],
    ['post json_doc hash f', 'post json_doc json_obj f', 'POST_JSON_DOC_JSON_OBJ_f_value'],
    ['post json_doc hash hash', 'post json_doc json_obj hash', 'POST_JSON_DOC_JSON_OBJ_hash_value'],
    [
      'post json_doc array 0 hash a base64',
      'post json_doc json_array 0 json_obj a base64',
      'POST_JSON_DOC_JSON_ARRAY_0_JSON_OBJ_a_BASE64_value',
    ],
    ['query p hash x', 'get p hash x', 'GET_p_HASH_x_value'],
    [
      'post json_doc hash q gql hash f',
      'post json_doc json_obj q gql hash f',
      'POST_JSON_DOC_JSON_OBJ_q_GQL_HASH_f_value',
    ],
    ['response body json_doc hash s', 'response_body json_doc json_obj s', 'RESPONSE_BODY_JSON_DOC_JSON_OBJ_s_value'],
  ]
  for (const [ours, theirs, parameter] of cases) {
    test(ours, () => {
      const flat = flatPoint(ours.split(' '))
      assert.deepEqual(flat, theirs.split(' '))
      assert.equal(parameterOf(flat), parameter)
    })
  }
})

describe('a hit', () => {
  const hitOf = (changes: Parameters<typeof detection>[0]): Record<string, unknown> => {
    const { details } = newHits(detection(changes), { client: 'Shop', cloud: 'EU' }) as {
      readonly details: { readonly hit: Record<string, unknown> }
    }
    return details.hit
  }

  test('has the keys that are documented, in their types', () => {
    const given = newHits(detection(), { client: 'Shop', cloud: 'EU' }) as { readonly details: Record<string, unknown> }
    const { hit, ...details } = given.details
    assert.deepEqual(details, { client_name: 'Shop', cloud: 'EU', notification_type: 'new_hits' })
    assert.deepEqual(Object.keys(hit as object).sort(), KEYS)
    assert.deepEqual(hitOf({}), { ...hitOf({}), ...KNOWN })
  })

  test('an IPv6 client stands in remote_addr6', () => {
    const { remote_addr4, remote_addr6, remote_port } = hitOf({ client: { ip: '2001:db8::1' } })
    assert.deepEqual([remote_addr4, remote_addr6, remote_port], [null, '2001:db8::1', null])
  })

  test('without a response its status is null; applications have numbers', () => {
    const { response_status, applications } = hitOf({ response: null, application: 7 })
    assert.deepEqual([response_status, applications], [null, ['7']])
  })
})

const KNOWN = {
  host: 'shop.example',
  method: 'GET',
  path: '/a',
  payloads: ["1' UNION SELECT password FROM users"],
  point: ['get', 'id'],
  parameter: 'GET_id_value',
  remote_addr4: '10.0.0.1',
  remote_port: 49_762,
  request_time: 1_795_253_435,
  create_time: 1_795_253_435,
  response_status: 200,
  type: 'sqli',
  block_status: 'monitored',
  request_id: '0123456789abcdef01234567',
  id: ['tapwire', 'fedcba987654321001234567'],
  object_type: 'hit',
  applications: ['default'],
}

/** In the public documentation of that webhook. */
const KEYS = [
  'anomaly', 'applications', 'block_status', 'brute_counter', 'create_time', 'datacenter', 'final_wallarm_mode', 'heur_distance',
  'host', 'id', 'libproton_version', 'lom_id', 'method', 'object_type', 'parameter', 'path', 'payloads', 'point', 'probability',
  'protocol', 'proxy_type', 'regex', 'regex_hash', 'remote_addr4', 'remote_addr6', 'remote_country', 'remote_port', 'request_id',
  'request_time', 'response_len', 'response_status', 'response_time', 'stamps', 'stamps_hash', 'tor', 'type', 'wallarm_mode',
] // biome-ignore format: a table
