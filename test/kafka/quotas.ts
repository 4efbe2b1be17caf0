/** Client quotas by AlterClientQuotas, version 0, which kafkajs does not have. */
import { openClient } from '#infra/bus/kafka/client.ts'
import type { KafkaOptions } from '#infra/bus/kafka/index.ts'
import { body, createErrorFromCode, openCluster } from '#infra/bus/kafka/kafkajs.ts'

const ALTER_CLIENT_QUOTAS = 49

/** Bytes per second that clients with the `clientId` of `options` may produce and fetch, each. */
export async function limitClient(options: KafkaOptions, bytesPerSecond: number): Promise<void> {
  const cluster = openCluster(openClient({ ...options, clientId: 'quotas' }), options.requestTimeoutMs)
  await cluster.connect()
  try {
    await cluster.refreshMetadata()
    const broker = await cluster.findGroupCoordinator({ groupId: 'any broker will do' })
    await broker.connectionPool.send({
      request: {
        apiKey: ALTER_CLIENT_QUOTAS,
        apiVersion: 0,
        apiName: 'AlterClientQuotas',
        encode: async () => body(request(options.clientId, bytesPerSecond)),
      },
      response: {
        decode: async payload => payload.readInt16BE(8),
        parse: async code => {
          if (code !== 0) throw createErrorFromCode(code)
          return code
        },
      },
    })
  } finally {
    await cluster.disconnect()
  }
}

/** One entry: of one entity two settings. */
function request(clientId: string, bytesPerSecond: number): Buffer {
  const settings = ['producer_byte_rate', 'consumer_byte_rate'].flatMap(name => {
    const value = Buffer.alloc(9) // the last byte: not to remove
    value.writeDoubleBE(bytesPerSecond)
    return [string(name), value]
  })
  const entity = [int32(1), string('client-id'), string(clientId)]
  return Buffer.concat([int32(1), ...entity, int32(2), ...settings, Buffer.of(0)])
}

function string(text: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeInt16BE(Buffer.byteLength(text))
  return Buffer.concat([length, Buffer.from(text)])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
