/**
 * What an attack type is called elsewhere: weaknesses (cwe.mitre.org), and categories of the OWASP Top 10 of 2021 and, where
 * one is apt, of the OWASP API Security Top 10 of 2023. A weakness stands in the category that OWASP lists it under.
 */
import type { Attack } from '#schemas/records/detection.ts'

export interface Taxonomy {
  /** CWE numbers, the best one first. */
  readonly cwe: readonly number[]
  /** `A03:2021`, `API7:2023`. */
  readonly owasp: readonly string[]
}

const ACCESS = 'A01:2021'
const INJECTION = 'A03:2021'
const DESIGN = 'A04:2021'
const MISCONFIGURATION = 'A05:2021'
const OUTDATED = 'A06:2021'
const AUTHENTICATION = 'A07:2021'
const INTEGRITY = 'A08:2021'
const FORGERY = 'A10:2021'
const API_OBJECT = 'API1:2023'
const API_AUTHENTICATION = 'API2:2023'
const API_PROPERTY = 'API3:2023'
const API_CONSUMPTION = 'API4:2023'
const API_FORGERY = 'API7:2023'
const API_MISCONFIGURATION = 'API8:2023'

// biome-ignore format: a table
export const TAXONOMY: Readonly<Record<Attack, Taxonomy>> = {
  sqli:                { cwe: [89],       owasp: [INJECTION] },
  nosqli:              { cwe: [943],      owasp: [INJECTION] },
  xss:                 { cwe: [79],       owasp: [INJECTION] },
  rce:                 { cwe: [78, 94],   owasp: [INJECTION] },
  ptrav:               { cwe: [22],       owasp: [ACCESS] },
  lfi:                 { cwe: [98, 73],   owasp: [INJECTION] },
  rfi:                 { cwe: [98],       owasp: [INJECTION] },
  ssti:                { cwe: [1336],     owasp: [INJECTION] },
  ssi:                 { cwe: [97],       owasp: [INJECTION] },
  ssrf:                { cwe: [918],      owasp: [FORGERY, API_FORGERY] },
  xxe:                 { cwe: [611],      owasp: [MISCONFIGURATION] },
  ldapi:               { cwe: [90],       owasp: [INJECTION] },
  crlf:                { cwe: [113, 93],  owasp: [INJECTION] },
  mail_injection:      { cwe: [93],       owasp: [INJECTION] },
  redir:               { cwe: [601],      owasp: [ACCESS] },
  mass_assignment:     { cwe: [915],      owasp: [INTEGRITY, API_PROPERTY] },
  scanner:             { cwe: [799],      owasp: [DESIGN] },
  data_bomb:           { cwe: [400, 409], owasp: [API_CONSUMPTION] },
  smuggling:           { cwe: [444],      owasp: [DESIGN] },
  infoleak:            { cwe: [200, 209], owasp: [ACCESS, API_MISCONFIGURATION] },
  session_fixation:    { cwe: [384],      owasp: [AUTHENTICATION, API_AUTHENTICATION] },
  webshell:            { cwe: [434, 506], owasp: [DESIGN] },
  gql_doc_size:        { cwe: [770],      owasp: [API_CONSUMPTION] },
  gql_value_size:      { cwe: [770],      owasp: [API_CONSUMPTION] },
  gql_depth:           { cwe: [674],      owasp: [API_CONSUMPTION] },
  gql_aliases:         { cwe: [770],      owasp: [API_CONSUMPTION] },
  gql_docs_per_batch:  { cwe: [770],      owasp: [API_CONSUMPTION] },
  gql_introspection:   { cwe: [200],      owasp: [ACCESS, API_MISCONFIGURATION] },
  gql_debug:           { cwe: [489],      owasp: [MISCONFIGURATION, API_MISCONFIGURATION] },
  brute:               { cwe: [307],      owasp: [AUTHENTICATION, API_AUTHENTICATION] },
  dirbust:             { cwe: [425],      owasp: [ACCESS] },
  bola:                { cwe: [639],      owasp: [ACCESS, API_OBJECT] },
  enum:                { cwe: [204],      owasp: [ACCESS, API_OBJECT] },
  vectors:             { cwe: [799],      owasp: [DESIGN] },
  credential_stuffing: { cwe: [307],      owasp: [AUTHENTICATION, API_AUTHENTICATION] },
  vpatch:              { cwe: [1395],     owasp: [OUTDATED] },
}
