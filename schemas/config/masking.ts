/** What is made unreadable before anything decoded leaves a task: secrets by default, personal data where it is asked for. */
import { z } from 'zod'
import { secret } from './secret.ts'

/** What becomes of a value that is not to be seen. */
export const DEEDS = ['mask', 'hash', 'drop', 'keep'] as const
export type Deed = (typeof DEEDS)[number]

/** Kinds of values that are known. */
export const CLASSES = [
  'password',
  'token',
  'cookie',
  'authorization',
  'card',
  'key',
  'jwt-signature',
  'email',
  'phone',
  'iban',
] as const
export type MaskedClass = (typeof CLASSES)[number]

const deed = z.enum(DEEDS)
const act = deed.describe('what becomes of the value')

export const masking = z
  .strictObject({
    enabled: z.boolean().default(true).describe('off: secrets stand readable in topics and sinks'),
    classes: z
      .strictObject({
        password: deed.default('mask').describe('values named password, passphrase, PIN, …'),
        token: deed
          .default('hash')
          .describe('values named token, session, API key, secret, …, and credentials that are known by their form'),
        cookie: deed.default('hash').describe('values of cookies, all of them'),
        authorization: deed
          .default('hash')
          .describe('credentials of Authorization and Proxy-Authorization; the scheme stays'),
        card: deed
          .default('mask')
          .describe('numbers of payment cards (with a valid check digit) and their security codes'),
        key: deed.default('mask').describe('private keys and keys of cloud services, by their form'),
        'jwt-signature': deed.default('mask').describe('signatures of JSON Web Tokens; header and claims stay'),
        email: deed.default('keep').describe('addresses of e-mail'),
        phone: deed
          .default('keep')
          .describe('telephone numbers in international form, and values named phone, mobile, …'),
        iban: deed.default('keep').describe('bank accounts in international form'),
      })
      .prefault({})
      .describe('by class; hash: keyed, so that equal values stay equal'),
    names: z
      .array(
        z.strictObject({
          name: z
            .string()
            .min(1)
            .max(128)
            .describe('name of a field, parameter, header or cookie; letters and digits count, in either case'),
          do: act,
        }),
      )
      .max(1000)
      .default([])
      .describe('own names: they win over what is known'),
    points: z
      .array(
        z.strictObject({
          point: z
            .array(z.string().min(1).max(128))
            .min(1)
            .max(16)
            .describe('where a value stands, as detections name it, e.g. [header, X-TENANT] or [query, email]'),
          do: act,
        }),
      )
      .max(1000)
      .default([])
      .describe('headers and query parameters by their point'),
    patterns: z
      .array(
        z.strictObject({
          pattern: z
            .string()
            .min(1)
            .max(1000)
            .describe('regular expression of RE2: what it matches, or its first group'),
          do: act,
        }),
      )
      .max(100)
      .default([])
      .describe('own forms of values, wherever they stand'),
    key: secret()
      .optional()
      .describe('keys the hashes, 16 bytes at least: the same on every node; omitted: made from flowHashKey'),
  })
  .prefault({})
  .describe('what is not to be seen in topics and sinks. The segments topic holds what was captured, as it was')

export type MaskingConfig = z.output<typeof masking>
