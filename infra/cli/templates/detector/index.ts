import type { DetectorSpec } from '#schemas/contracts/detector.ts'

/** token = "canary-" 8HEXDIG, and no letter or digit behind it. Linear: nothing in it repeats without a bound. */
const TOKEN = /canary-[0-9a-f]{8}(?![0-9a-z])/

/** Canary tokens: values planted in data that nobody should read, so that whoever sends one has read it. */
export default {
  id: 'example',
  attack: 'infoleak',
  literals: ['canary-'],
  words: [],
  inspect(_value, lower, _exchange, report) {
    const token = TOKEN.exec(lower)?.[0]
    if (token === undefined) return
    report({
      rule: 'example.planted-token',
      severity: 'high',
      evidence: token,
      why: 'The value is a canary token: it stands only in data that no client should have read.',
    })
  },
} satisfies DetectorSpec
