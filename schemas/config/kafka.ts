/** `log.kind: kafka`: how to reach a cluster, and what to ask of it. */
import { z } from 'zod'
import { secret } from './secret.ts'

const MIB = 1024 ** 2
const SECOND = 1000

const broker = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$/, {
    error: 'a broker is host:port, e.g. kafka-1.example:9092',
  })
  .max(300)

const tls = z
  .strictObject({
    ca: secret().optional().describe('Certificate authorities of the brokers, PEM (default: those of the system)'),
    cert: secret().optional().describe('Certificate of this client, PEM'),
    key: secret().optional().describe('Its private key, PEM'),
    serverName: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Name in the brokers’ certificates, when it is not their host'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), { error: 'cert and key belong together' })

const sasl = z.strictObject({
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).describe('How the brokers want the password'),
  username: z.string().min(1).max(255).describe('User of the brokers'),
  password: secret().describe('Its password'),
})

const schemaRegistry = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'expected an address like https://registry.example:8081' })
      .max(2000)
      .refine(url => URL.canParse(url) && [url.includes('?'), url.includes('#'), url.includes('@')].every(is => !is), {
        error: 'an address without user, query and fragment',
      })
      .describe('Where the registry is; its path, if any, comes before that of every call'),
    username: z.string().min(1).max(255).optional().describe('User of the registry (basic authentication)'),
    password: secret().optional().describe('Its password'),
    token: secret().optional().describe('Bearer token, instead of user and password'),
    tls: tls.optional().describe('Of https: as for the brokers'),
    subjects: z
      .enum(['topic', 'record', 'topic-record'])
      .default('topic')
      .describe('What names a subject: <topic>-value, the record’s name, or <topic>-<the record’s name>'),
    register: z.boolean().default(true).describe('Register schemas that are missing; false: that is done by hand'),
    timeoutMs: z
      .int()
      .min(100)
      .max(120 * SECOND)
      .default(5 * SECOND)
      .describe('Milliseconds for an answer of the registry'),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: 'username and password belong together',
  })
  .refine(({ password, token }) => password === undefined || token === undefined, {
    error: 'username and password, or token: not both',
  })

/** The part of `log` that is the same for every kind comes from the caller. */
export function kafka<Shared extends z.ZodRawShape>(shared: Shared) {
  return z.strictObject({
    kind: z.literal('kafka'),
    brokers: z.array(broker).min(1).max(100).describe('Brokers to ask for the others: two or three will do'),
    clientId: z
      .string()
      .min(1)
      .max(200)
      .default('tapwire')
      .describe('Name of this client in the brokers’ logs and quotas'),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/, { error: '1 to 100 of A-Z a-z 0-9 . _ -' })
      .default('tapwire.')
      .describe('What the names of all topics, groups and transactions begin with'),
    tls: tls.optional().describe('Encrypt the connections ({} is enough where the system knows the authority)'),
    sasl: sasl.optional().describe('Log in to the brokers'),
    schemaRegistry: schemaRegistry
      .optional()
      .describe('Values in the Confluent wire format, with schemas in a registry (default: Avro with fingerprints)'),
    createTopics: z
      .boolean()
      .default(true)
      .describe("Make topics that are missing; false: 'tapwire topics apply' does it, with other rights"),
    replication: z
      .int()
      .min(1)
      .max(10)
      .optional()
      .describe('Copies of every partition (default: as many as there are brokers, 3 at most)'),
    maxMessageBytes: z
      .int()
      .min(64 * 1024)
      .max(256 * MIB)
      .default(8 * MIB)
      .describe('Largest record batch that topics take (max.message.bytes); larger records travel in parts'),
    compression: z.enum(['none', 'gzip', 'zstd']).default('zstd').describe('Of record batches'),
    connectTimeoutMs: z
      .int()
      .min(100)
      .max(120 * SECOND)
      .default(5 * SECOND)
      .describe('Milliseconds for connecting and logging in'),
    requestTimeoutMs: z
      .int()
      .min(SECOND)
      .max(600 * SECOND)
      .default(30 * SECOND)
      .describe('Milliseconds for an answer'),
    transactionTimeoutMs: z
      .int()
      .min(SECOND)
      .max(900 * SECOND)
      .default(20 * SECOND)
      .describe('A transaction whose process died is undone after so long, or when its successor starts'),
    sessionTimeoutMs: z
      .int()
      .min(SECOND)
      .max(1800 * SECOND)
      .default(10 * SECOND)
      .describe(
        'A process that is silent for so long loses its partitions to the others (brokers allow 6000 at least)',
      ),
    heartbeatMs: z
      .int()
      .min(100)
      .max(60 * SECOND)
      .default(SECOND)
      .describe('Milliseconds between its signs of life'),
    ...shared,
  })
}

export type KafkaConfig = z.output<ReturnType<typeof kafka>>
