import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { pictured } from '#schemas/forms/controls.ts'
import { cut } from '#schemas/forms/facts.ts'
import { beginsLine, FORMS, formLine } from '#schemas/forms/form.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { readCef, readCombined, readLeef } from './readers.test-support.ts'
import { hostile } from './records.test-support.ts'

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
const SEEDS = Array.from({ length: 300 }, (_, i) => i + 1)
const lineOf = (form: (typeof FORMS)[number], record: SinkRecord) => formLine(form, record, { bodies: false })
const each = (visit: (record: SinkRecord, seed: string) => void): void => {
  for (const seed of SEEDS)
    for (const record of hostile(mulberry32(seed))) visit(record, `seed ${seed}, ${record.topic}`)
}

describe('whatever a client sends', () => {
  for (const form of FORMS) {
    test(`${form}: one record is one line that begins as its form does`, () => {
      each((record, seed) => {
        const line = lineOf(form, record)
        if (line === null) return
        assert.ok(beginsLine(form, line), seed)
        assert.ok(line.isWellFormed(), seed)
        assert.equal(line.includes('\n') || line.includes('\r'), false, seed)
        if (form !== 'lines') assert.doesNotMatch(line.replaceAll('\t', form === 'leef' ? '' : '\t'), CONTROL, seed)
      })
    })
  }

  for (const form of ['ecs', 'ocsf'] as const) {
    test(`${form}: is read back as JSON with the same text`, () => {
      each((record, seed) => {
        const read = JSON.parse(lineOf(form, record)!)
        assert.equal(read.event?.id ?? read.metadata?.uid, record.value.id, seed)
        if (record.topic === 'detections') {
          const { evidence, point } = form === 'ecs' ? read.tapwire : read.evidences[0].data
          assert.deepEqual([evidence, point], [record.value.evidence, record.value.point], seed)
        }
        if (record.topic !== 'exchanges') return
        const target = form === 'ecs' ? read.url.original : read.http_request?.url.url_string
        if (target !== undefined) assert.equal(target, record.value.request.target, seed)
      })
    })
  }

  test('cef: fields are read back as they were, controls as their pictures', () => {
    each((record, seed) => {
      const { header, fields } = readCef(lineOf('cef', record)!)
      assert.deepEqual([...header.slice(0, 4)], ['CEF:0', 'Tapwire', 'Tapwire', '1'], seed)
      assert.equal(fields.get('externalId'), record.value.id, seed)
      if (record.topic === 'detections') {
        const { rule, why, evidence, path, method } = record.value
        assert.deepEqual(header.slice(4), [pictured(cut(rule)), pictured(cut(why)), '8'], seed)
        assert.equal(fields.get('cs2') ?? '', readable(evidence), seed)
        assert.equal(fields.get('request') ?? '', readable(path), seed)
        assert.equal(fields.get('requestMethod') ?? '', readable(method), seed)
        assert.equal(fields.get('src'), undefined, seed)
      }
      if (record.topic === 'exchanges' && record.value.message === null) {
        assert.equal(fields.get('request') ?? '', readable(record.value.request.target), seed)
        assert.equal(fields.get('cn1'), '200', seed)
      }
    })
  })

  test('leef: attributes are read back as they were, controls as their pictures', () => {
    each((record, seed) => {
      const { header, fields } = readLeef(lineOf('leef', record)!)
      assert.deepEqual(header.slice(0, 4), ['LEEF:2.0', 'Tapwire', 'Tapwire', '1'], seed)
      assert.equal(header[5], 'x09', seed)
      assert.equal(fields.get('id'), record.value.id, seed)
      if (record.topic === 'detections') {
        assert.equal(fields.get('evidence') ?? '', pictured(cut(record.value.evidence)), seed)
        assert.equal(fields.get('sev'), '8', seed)
      }
      if (record.topic === 'exchanges' && record.value.message === null) {
        assert.equal(fields.get('url') ?? '', pictured(cut(record.value.request.target)), seed)
        assert.equal(fields.get('status'), '200', seed)
      }
    })
  })

  test('combined: the request line and both headers are read back byte by byte', () => {
    each((record, seed) => {
      const line = lineOf('combined', record)
      if (record.topic !== 'exchanges' || record.value.message !== null) return assert.equal(line, null, seed)
      const { method, target, version, headers } = record.value.request
      const [client, , request, status, bytes, referer, agent] = readCombined(line!)
      assert.deepEqual([client, status, bytes], ['-', '200', '1270'], seed)
      assert.equal(request, `${method} ${target} HTTP/${version}`.toWellFormed(), seed)
      assert.deepEqual(
        [agent, referer],
        headers.map(([, value]) => value.toWellFormed()),
        seed,
      )
    })
  })
})

/** What CEF's escapes can carry of a text: line breaks stay, other controls are pictures. */
function readable(text: string): string {
  return cut(text)
    .replace(/[\u0085\u2028\u2029]/g, '\n')
    .split(/([\n\r])/)
    .map(part => (part === '\n' || part === '\r' ? part : pictured(part)))
    .join('')
}
