/** The configuration of one broker: KRaft, broker and controller in one. */

export interface Place {
  readonly host: string
  readonly port: number
}

export interface Node {
  /** 1 and up. */
  readonly id: number
  /** The address that its listeners bind. */
  readonly bind: string
  readonly controller: Place
  /** For the other brokers. */
  readonly internal: Place
  /** For clients: the port that it listens on, and what it tells them. */
  readonly clientPort: number
  readonly advertised: Place
}

export type Properties = Readonly<Record<string, string>>

/** Of `nodes[i]`. `security` is what a secure client listener adds, empty for a plain one. */
export function brokerProperties(nodes: readonly Node[], i: number, data: string, security: Properties): Properties {
  const node = nodes[i]!
  const copies = String(Math.min(3, nodes.length))
  const majority = nodes.length >= 3 ? '2' : '1'
  const client = Object.keys(security).length > 0 ? 'SASL_SSL' : 'PLAINTEXT'
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': nodes.map(({ id, controller }) => `${id}@${at(controller)}`).join(),
    listeners: [
      `CONTROLLER://${node.bind}:${node.controller.port}`,
      `INTERNAL://${node.bind}:${node.internal.port}`,
      `CLIENT://${node.bind}:${node.clientPort}`,
    ].join(),
    'advertised.listeners': `INTERNAL://${at(node.internal)},CLIENT://${at(node.advertised)}`,
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENT:${client}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': data,
    'auto.create.topics.enable': 'false',
    'default.replication.factor': copies,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '8',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': majority,
    'transaction.state.log.num.partitions': '8',
    'group.initial.rebalance.delay.ms': '0', // waits 3 s for more members otherwise
    'group.min.session.timeout.ms': '1000', // so that a test can see a dead member expire
    'broker.heartbeat.interval.ms': '1000',
    'broker.session.timeout.ms': '4000', // a killed broker may come back, and its leaders move, after 9 s otherwise
    'log.cleaner.dedupe.buffer.size': '4194304', // 128 MiB of a small heap otherwise
    'log.cleaner.backoff.ms': '500', // a test that waits for compaction waits 15 s otherwise
    ...security,
  }
}

/** As a properties file. No value here has a backslash or a line break. */
export function propertiesFile(properties: Properties): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

export function at({ host, port }: Place): string {
  return `${host}:${port}`
}
