/** Takes HTTP traffic that Envoy mirrors: messages of the Lua filter, and ext_proc. */
import { parseListen } from '#schemas/config/telemetry.ts'
import type { ProducerSpec } from '#schemas/contracts/producer.ts'
import { MessageSegmenter } from '#schemas/message/segmenter.ts'
import { livePosition } from '#schemas/wire/live-position.ts'
import { WallClock } from '#schemas/wire/wall-clock.ts'
import { Budget } from './budget.ts'
import { type Config, config, warnings } from './config.ts'
import { Counts } from './counts.ts'
import { ExtProcEndpoint } from './ext-proc/endpoint.ts'
import { Inbox } from './inbox.ts'
import { Ingest } from './ingest.ts'
import { Access } from './listener/access.ts'
import { Listener } from './listener/listener.ts'
import { MessagesEndpoint } from './messages/endpoint.ts'
import { route } from './routes.ts'

export default {
  kind: 'producer',
  name: 'envoy',
  summary: 'Takes HTTP messages that Envoy mirrors, by a Lua filter or by ext_proc',
  flow: 'shed',
  config,
  warnings,
  source: ({ listen }) => listen,
  async open({ limits, tls, extProc: served, delayMs, ...options }, host) {
    const position = livePosition(host.position)
    const segmenter = new MessageSegmenter({
      sensor: host.sensor,
      capture: 'envoy',
      source: options.listen,
      partitions: host.partitions,
      flowHashKey: host.flowHashKey,
      batchBytes: host.batchBytes,
      time: position.time,
      number: position.packets,
    })
    const clock = new WallClock()
    const counts = new Counts()
    const access = new Access({ ...options, tls })
    const streams = new Budget(limits.allStreams)
    // What is kept of bodies may not take the memory without which nothing can be read.
    const kept = new Budget(limits.heldBytes / 2)
    const held = new Budget(limits.heldBytes / 2)
    const inbox = new Inbox({ segmenter, clock, counts, limits })
    const messages = new MessagesEndpoint(inbox, limits, held)
    const extProc = new ExtProcEndpoint({ inbox, held, kept, limits, now: () => clock.now() })
    const endpoints = { access, counts, messages, extProc: served ? extProc : null, ready: () => !inbox.full }
    const listeners: Listener[] = []
    for (const text of [options.listen, options.grpcListen]) {
      if (text === undefined) continue
      const listen = parseListen(text)!
      const handle = (call: Parameters<typeof route>[1]): void => route(endpoints, call)
      try {
        listeners.push(await Listener.open({ listen, tls, limits, access, counts, streams, handle }))
      } catch (error) {
        for (const listener of listeners) await listener[Symbol.asyncDispose]()
        throw error
      }
    }
    const { batchBytes } = host
    return new Ingest({ listeners, messages, extProc, inbox, segmenter, clock, batchBytes, delayMs })
  },
} satisfies ProducerSpec<Config>
