/** Anomalies of WebSocket messages that are attacks. */
import type { AnomalyRule } from './rules.ts'

const EXTENSIONS = ['sec-websocket-extensions']

// biome-ignore format: a table
export const WEBSOCKET_RULES: readonly AnomalyRule[] = [
  { anomaly: 'websocket.decompression-bomb', attack: 'data_bomb', rule: 'data_bomb.message-compression', severity: 'high', point: ['websocket'], evidence: EXTENSIONS,
    why: 'The compressed message grows beyond the configured ratio: it fills the memory of a server that decodes it.' },
  { anomaly: 'websocket.many-frames', attack: 'data_bomb', rule: 'data_bomb.message-frames', severity: 'medium', point: ['websocket'], evidence: EXTENSIONS,
    why: 'The message comes in thousands of frames, which exhausts servers that keep each of them until the last.' },
]
