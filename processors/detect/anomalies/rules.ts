/**
 * Which anomalies of a protocol are attacks, and how they are reported. A row is all there is to a rule: the protocol names
 * what it saw (its README says when), the row says what that means. Only what no ordinary client sends stands here:
 * an anomaly without a row stays an anomaly.
 */
import type { Attack, Severity } from '#schemas/records/detection.ts'
import { HTTP2_RULES } from './http2.ts'
import { WEBSOCKET_RULES } from './websocket.ts'

export interface AnomalyRule {
  /** As in `exchange.anomalies`. */
  readonly anomaly: string
  readonly attack: Attack
  /** `<attack>.<what>`; several anomalies can be one rule, which is said once per exchange. */
  readonly rule: string
  readonly severity: Severity
  readonly point: readonly string[]
  /** Header fields of the request whose lines are the evidence, in lower case. Without such a line: the request line. */
  readonly evidence: readonly string[]
  readonly why: string
}

const LENGTH = ['content-length']
const CODING = ['transfer-encoding']
const FRAMING = ['content-length', 'transfer-encoding']

const AT_LENGTH = ['header', 'CONTENT-LENGTH']
const AT_CODING = ['header', 'TRANSFER-ENCODING']

// biome-ignore format: a table
export const RULES: readonly AnomalyRule[] = [
  { anomaly: 'http1.te-and-cl', attack: 'smuggling', rule: 'smuggling.te-and-cl', severity: 'high', point: AT_CODING, evidence: FRAMING,
    why: 'The request has both Transfer-Encoding and Content-Length: servers disagree where it ends.' },
  { anomaly: 'http1.conflicting-content-length', attack: 'smuggling', rule: 'smuggling.conflicting-lengths', severity: 'high', point: AT_LENGTH, evidence: LENGTH,
    why: 'The request has several lengths that differ: servers disagree where it ends.' },
  { anomaly: 'http1.bad-content-length', attack: 'smuggling', rule: 'smuggling.bad-length', severity: 'high', point: AT_LENGTH, evidence: LENGTH,
    why: 'The length of the request is no plain number: one server reads it, another does not.' },
  { anomaly: 'http1.content-length-overflow', attack: 'smuggling', rule: 'smuggling.bad-length', severity: 'high', point: AT_LENGTH, evidence: LENGTH,
    why: 'The length of the request is beyond what servers count with: some of them wrap around.' },
  { anomaly: 'http1.unknown-transfer-coding', attack: 'smuggling', rule: 'smuggling.bad-coding', severity: 'high', point: AT_CODING, evidence: CODING,
    why: 'The transfer coding resembles one and is none: one server reads chunks, another does not.' },
  { anomaly: 'http1.te-not-chunked', attack: 'smuggling', rule: 'smuggling.bad-coding', severity: 'high', point: AT_CODING, evidence: CODING,
    why: 'The request has a Transfer-Encoding that does not end in chunked: nobody can tell where it ends.' },
  { anomaly: 'http1.odd-transfer-coding', attack: 'smuggling', rule: 'smuggling.bad-coding', severity: 'high', point: AT_CODING, evidence: CODING,
    why: 'Chunked is given twice, beside identity, or in a list with empty places: one server reads chunks, another does not.' },
  { anomaly: 'http1.hidden-framing-field', attack: 'smuggling', rule: 'smuggling.hidden-field', severity: 'high', point: ['header'], evidence: FRAMING,
    why: 'A Content-Length or Transfer-Encoding is written so that only some servers see it.' },
  { anomaly: 'http1.framing-field-in-trailers', attack: 'smuggling', rule: 'smuggling.trailer', severity: 'medium', point: ['post'], evidence: CODING,
    why: 'A field that decides framing or routing stands behind the body: a server that merges trailers into the head reads another request.' },
  { anomaly: 'http1.request-in-body', attack: 'smuggling', rule: 'smuggling.request-in-body', severity: 'medium', point: ['post'], evidence: FRAMING,
    why: 'The body begins with a request: a server that leaves it unread answers it.' },
  { anomaly: 'http1.hidden-expectation', attack: 'smuggling', rule: 'smuggling.expectation', severity: 'medium', point: ['header', 'EXPECT'], evidence: ['expect'],
    why: 'An expectation that only resembles 100-continue: one server asks for the body, another does not wait for it.' },
  { anomaly: 'http1.bad-h2c-upgrade', attack: 'smuggling', rule: 'smuggling.h2c', severity: 'medium', point: ['header', 'UPGRADE'], evidence: ['connection', 'upgrade', 'http2-settings'],
    why: 'HTTP/2 is asked for in a way that no client does: a proxy that passes it on opens a tunnel past its own rules.' },
  { anomaly: 'http1.decompression-bomb', attack: 'data_bomb', rule: 'data_bomb.compression', severity: 'high', point: ['post'], evidence: ['content-encoding', 'transfer-encoding', 'content-length'],
    why: 'The compressed body grows beyond the configured ratio: it fills the memory of a server that decodes it.' },
  { anomaly: 'http1.te-in-http10', attack: 'smuggling', rule: 'smuggling.te-in-http10', severity: 'medium', point: AT_CODING, evidence: CODING,
    why: 'A request of HTTP/1.0 has a Transfer-Encoding, which that version does not know: one server reads chunks, another does not.' },
  { anomaly: 'http1.bad-chunk-size', attack: 'smuggling', rule: 'smuggling.chunk-size', severity: 'high', point: ['post'], evidence: CODING,
    why: 'The size of a chunk is no hexadecimal number: servers disagree how long the chunk is.' },
  { anomaly: 'http1.chunk-size-overflow', attack: 'smuggling', rule: 'smuggling.chunk-size', severity: 'high', point: ['post'], evidence: CODING,
    why: 'The size of a chunk is beyond what servers count with: some of them wrap around.' },
  { anomaly: 'http1.bad-chunk-end', attack: 'smuggling', rule: 'smuggling.chunk-end', severity: 'high', point: ['post'], evidence: CODING,
    why: 'Something else than a line end follows the data of a chunk: servers that do not look read on elsewhere.' },
  { anomaly: 'http1.bare-lf-after-chunk', attack: 'smuggling', rule: 'smuggling.chunk-end', severity: 'high', point: ['post'], evidence: CODING,
    why: 'A chunk ends with one byte where two are due: a server that skips two reads on elsewhere.' },
  { anomaly: 'http1.bare-lf-in-chunk-line', attack: 'smuggling', rule: 'smuggling.chunk-line', severity: 'high', point: ['post'], evidence: CODING,
    why: 'The line of a chunk holds a line feed without a carriage return: one server takes it for the end of the line, another for a part of the extension.' },
  { anomaly: 'http1.bare-cr-in-chunk-line', attack: 'smuggling', rule: 'smuggling.chunk-line', severity: 'high', point: ['post'], evidence: CODING,
    why: 'The line of a chunk holds a carriage return without a line feed: one server takes it for the end of the line, another for a part of the extension.' },
  ...HTTP2_RULES,
  ...WEBSOCKET_RULES,
]
