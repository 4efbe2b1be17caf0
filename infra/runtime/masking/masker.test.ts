import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { masking } from '#schemas/config/masking.ts'
import { isCard, isIban } from './forms.ts'
import { Masker } from './masker.ts'
import { classOfName, plainName } from './names.ts'

const KEY = new Uint8Array(32).fill(1)
const maskerOf = (config: object = {}): Masker => new Masker(masking.parse(config), KEY)

describe('what is harmless stays as it is', () => {
  for (const text of [
    '{"id":1,"name":"Anna","email":"anna@example.com","total_tokens":512,"tokenType":"bearer","passwordChanged":true}',
    'q=red+shoes&page=2&sort=price&author=anna&description=passes+the+test',
    '/api/v1/users/123e4567-e89b-12d3-a456-426614174000/orders?from=2026-01-01',
    '<order id="17"><item sku="AB-1">Chair</item><passenger>Anna</passenger></order>',
    'Order 4000 1234 5678 9012 was not found', // no valid check digit
    'Version 1.2345678901234567.3, timestamps 1700000000000 and 20261121093035',
    'The compass points north: north. Time: 12:30. A ratio of 3:4.',
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==',
    'https://www.example.com:8443/path?x=1',
  ])
    test(text.slice(0, 50), () => assert.equal(maskerOf().text(text), text))
})

describe('values by their form', () => {
  for (const [text, masked] of [
    ['pay with 4111 1111 1111 1111 please', 'pay with *** please'],
    ['card=5500-0055-5555-5559', 'card=***'],
    ['AKIAIOSFODNN7EXAMPLE', 'AKIA***'],
    ['see postgres://app:hunter2@db/x', 'see postgres://app:***@db/x'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.***'],
  ] as const)
    test(text, () => assert.equal(maskerOf().text(text), masked))

  test('personal data where it is asked for', () => {
    const masker = maskerOf({ classes: { email: 'mask', phone: 'mask', iban: 'mask' } })
    assert.equal(masker.text('mail anna.b+x@example.co.uk or +44 20 7946 0958'), 'mail *** or ***')
    assert.equal(masker.text('IBAN DE89 3704 0044 0532 0130 00.'), 'IBAN ***.')
    assert.equal(masker.text('{"mobile":"0170 1234567"}'), '{"mobile":"***"}')
  })

  test('check digits', () => {
    assert.ok(isCard('4111111111111111') && isCard('378282246310005') && isCard('6011 1111 1111 1117'))
    assert.ok(!isCard('4111111111111112') && !isCard('0000000000000000') && !isCard('41111'))
    assert.ok(isIban('GB82 WEST 1234 5698 7654 32') && !isIban('GB82WEST12345698765433'))
  })
})

describe('the configuration', () => {
  test('own names win; keep keeps', () => {
    const masker = maskerOf({
      names: [
        { name: 'Tenant-ID', do: 'mask' },
        { name: 'token', do: 'keep' },
      ],
    })
    assert.equal(
      masker.text('{"tenantId":"t-1","token":"abcd","password":"x1234"}'),
      '{"tenantId":"***","token":"abcd","password":"***"}',
    )
  })

  test('hash: equal stays equal, keyed, and different values differ', () => {
    const config = { classes: { password: 'hash' } }
    const [one, two] = [maskerOf(config), new Masker(masking.parse(config), new Uint8Array(32).fill(2))]
    assert.match(one.text('password=abcdef'), /^password=h:[0-9a-f]{16}$/)
    assert.equal(one.text('password=abcdef'), maskerOf(config).text('password=abcdef'))
    assert.notEqual(one.text('password=abcdef'), one.text('password=abcdeg'))
    assert.notEqual(one.text('password=abcdef'), two.text('password=abcdef'))
  })

  test('drop leaves nothing', () =>
    assert.equal(maskerOf({ classes: { password: 'drop' } }).text('password=abcdef&a=1'), 'password=&a=1'))

  test('own patterns: the match, or its first group', () => {
    const masker = maskerOf({
      patterns: [
        { pattern: 'EMP-[0-9]+', do: 'mask' },
        { pattern: 'dob=(\\d+)', do: 'drop' },
      ],
    })
    assert.equal(masker.text('by EMP-1234, dob=19700101'), 'by ***, dob=')
  })
})

test('names', () => {
  for (const [name, what] of [
    ['user[Pass-Word]', 'password'],
    ['accessToken', 'token'],
    ['X-Api-Key', 'token'],
    ['account.card_number', 'card'],
    ['max_tokens', null],
    ['token_type', null],
    ['passenger', null],
    ['author', null],
    ['keyboard', null],
  ] as const)
    assert.equal(classOfName(plainName(name)), what, name)
})
