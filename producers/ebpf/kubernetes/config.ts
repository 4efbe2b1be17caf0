/** How pods are learned: from the API server of the cluster, with the account of our own pod or a kubeconfig file. */
import { z } from 'zod'
import { secret } from '#schemas/config/secret.ts'

const SECOND = 1000
const MIB = 1024 ** 2

const NODE_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/

export const kubernetes = z
  .strictObject({
    node: z
      .union([
        z.string().regex(NODE_NAME, { error: 'a name of a node: lower-case letters, digits, - and .' }),
        secret(),
      ])
      .describe('Name of this node in Kubernetes, e.g. { env: NODE_NAME }, filled in from spec.nodeName'),
    kubeconfig: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe('File with address and credentials; without it, the account of the pod that this runs in'),
    answerMs: z
      .int()
      .min(100)
      .max(600 * SECOND)
      .default(30 * SECOND)
      .describe('Milliseconds for a list, and for a watch to begin'),
    silenceMs: z
      .int()
      .min(100)
      .max(600 * SECOND)
      .default(120 * SECOND)
      .describe('A watch on which so long nothing came, not even a bookmark, is begun anew'),
    limits: z
      .strictObject({
        pods: z.int().min(1).max(100_000).default(2000).describe('Pods of this node; more stay unknown'),
        namespaces: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(20_000)
          .describe('Namespaces of the cluster; the pods of others stay unknown'),
        annotationBytes: z
          .int()
          .min(1024)
          .max(256 * 1024)
          .default(32 * 1024)
          .describe('Annotations of a pod that are kept, those that select first; filters do not see the others'),
        page: z.int().min(1).max(10_000).default(500).describe('Objects asked for at once'),
        objectBytes: z
          .int()
          .min(64 * 1024)
          .max(64 * MIB)
          .default(4 * MIB)
          .describe('One event of a watch; a list may be so long times `page`, 64 MiB at most'),
      })
      .prefault({})
      .describe('Bounds on memory'),
  })
  .describe('Names, labels and containers of the pods of this node, from the API server')

export type KubernetesConfig = z.output<typeof kubernetes>

export function nodeOf({ node }: KubernetesConfig): string {
  return typeof node === 'string' ? node : node.reveal()
}
