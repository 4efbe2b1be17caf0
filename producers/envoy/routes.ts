/** Which request goes where, and who may send it. */
import type { Counts } from './counts.ts'
import { type ExtProcEndpoint, PROCESS_PATH } from './ext-proc/endpoint.ts'
import { GrpcReply, STATUS } from './ext-proc/grpc-reply.ts'
import type { Access, Refusal } from './listener/access.ts'
import type { Answer, Call } from './listener/call.ts'
import { MESSAGES_PATH, type MessagesEndpoint } from './messages/endpoint.ts'

const HEALTHY: Answer = { status: 200, text: 'ok\n' }
const OVERLOADED: Answer = { status: 503, text: 'overloaded\n', headers: { 'retry-after': '1' } }
const NOT_FOUND: Answer = { status: 404, text: `there are POST ${MESSAGES_PATH}, GET /health, and ext_proc by gRPC\n` }

export interface Endpoints {
  readonly access: Access
  readonly counts: Counts
  readonly messages: MessagesEndpoint
  /** Null: not served. */
  readonly extProc: ExtProcEndpoint | null
  /** False: nothing can be accepted at the moment. */
  readonly ready: () => boolean
}

export function route(endpoints: Endpoints, call: Call): void {
  const { access, counts, ready } = endpoints
  if (call.path === '/health') {
    call.answer(ready() ? HEALTHY : OVERLOADED)
    return
  }
  const refusal = access.refusal(call.peer, call.headers.authorization)
  if (refusal === null) {
    serve(endpoints, call)
    return
  }
  counts.add(refusal.status === 401 ? 'refused.token' : 'refused.name')
  refuse(call, refusal)
}

function serve({ counts, messages, extProc }: Endpoints, call: Call): void {
  if (call.path === MESSAGES_PATH) messages.handle(call)
  else if (call.path === PROCESS_PATH && call.stream !== null && extProc !== null) extProc.handle(call, call.stream)
  else {
    counts.add('requests.not-understood')
    if (isGrpc(call)) new GrpcReply(call.stream).end(STATUS.unimplemented, 'only ext_proc is served')
    else call.answer(NOT_FOUND)
  }
}

function refuse(call: Call, { status, text }: Refusal): void {
  const code = status === 401 ? STATUS.unauthenticated : STATUS.permissionDenied
  const headers = status === 401 ? { 'www-authenticate': 'Bearer' } : {}
  if (isGrpc(call)) new GrpcReply(call.stream).end(code, text.trim())
  else call.answer({ status, text, headers })
}

function isGrpc(call: Call): call is Call & { readonly stream: NonNullable<Call['stream']> } {
  return call.stream !== null && String(call.headers['content-type']).startsWith('application/grpc')
}
