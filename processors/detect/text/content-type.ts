import type { Exchange, Message } from '#schemas/records/exchange.ts'

/** The request's content type with its parameters, in lower case; empty when there is none. */
export function contentType({ request }: Exchange): string {
  return typeOf(request)
}

/** The same of any message. */
export function typeOf(message: Message): string {
  return sentTypeOf(message).toLowerCase()
}

/** The content type as sent: boundaries are told apart by the case of their letters. */
export function sentTypeOf({ headers }: Message): string {
  for (const [name, value] of headers) {
    if (name.length === 12 && name.toLowerCase() === 'content-type') return value
  }
  return ''
}

/** Protocol Buffers under any of the names that they go by. Of `type` as `contentType` gives it. */
export function isProtobuf(type: string): boolean {
  return /^application\/(x-protobuf|proto(?:buf)?|vnd\.google\.protobuf|x-google-protobuf|octet-stream\+protobuf|(?!connect\+)[\w.-]{1,64}\+proto(buf)?)(;|$|\s)/.test(
    type,
  )
}

/** Length-prefixed messages: gRPC, gRPC-Web and streams of Connect. Of `type` as `contentType` gives it. */
export function isGrpc(type: string): boolean {
  return type.startsWith('application/grpc') || type.startsWith('application/connect+')
}

/** A body of bytes, or of parts in several charsets: its text is one character for each, whatever UTF-8 would make of it. */
export function isBinary(type: string): boolean {
  return isGrpc(type) || type.startsWith('multipart/') || isProtobuf(type)
}

/** Pictures, sound, films, fonts and archives: nothing in them is text. Of `type` as `typeOf` gives it. SVG is text. */
export function isMedia(type: string): boolean {
  return /^(?:(?:image\/(?!svg)|video\/|audio\/|font\/)|application\/(?:zip|gzip|x-gzip|pdf|wasm|font-|x-font|vnd\.ms-fontobject))/.test(
    type,
  )
}
