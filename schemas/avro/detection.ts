/** Detections and anomalies from and to the shape of detection.avsc and anomaly.avsc. */
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Attack, Detection, Severity } from '#schemas/records/detection.ts'
import {
  type AvroClient,
  type AvroConnection,
  type AvroOrigin,
  fromClient,
  fromConnection,
  fromOrigin,
  toClient,
  toConnection,
  toOrigin,
} from './common.ts'

type Plain = Omit<Detection, 'connection' | 'client' | 'origin' | 'response' | 'attack' | 'severity'>

export interface AvroDetection extends Plain {
  readonly connection: AvroConnection
  readonly client: AvroClient
  readonly attack: string
  readonly severity: string
  readonly status: number | null
  readonly origin: AvroOrigin
}

export function toDetection({ response, ...detection }: Detection): AvroDetection {
  return {
    ...detection,
    connection: toConnection(detection.connection),
    client: toClient(detection.client),
    status: response === null ? null : response.status,
    origin: toOrigin(detection.origin),
  }
}

/** Attack and severity are passed on as they are: a newer writer may know more of them. */
export function fromDetection({ status, ...avro }: AvroDetection): Detection {
  return {
    ...avro,
    connection: fromConnection(avro.connection),
    client: fromClient(avro.client),
    attack: avro.attack as Attack,
    severity: avro.severity as Severity,
    response: status === null ? null : { status },
    origin: fromOrigin(avro.origin),
  }
}

export interface AvroAnomaly {
  readonly id: string
  readonly time: number
  readonly connection: AvroConnection
  readonly anomaly: string
  readonly origin: AvroOrigin
}

export function toAnomaly(anomaly: Anomaly): AvroAnomaly {
  return { ...anomaly, connection: toConnection(anomaly.connection), origin: toOrigin(anomaly.origin) }
}

export function fromAnomaly({ id, time, connection, anomaly, origin }: AvroAnomaly): Anomaly {
  return { id, time, connection: fromConnection(connection), anomaly, origin: fromOrigin(origin) }
}
