/** What is used of the package `cap`, which brings no types. */
declare module 'cap' {
  /** A libpcap handle. Emits `packet` with the bytes written to the buffer, and whether there were more. */
  export class Cap {
    /**
     * Returns the name of the link type. `buffer` must stay referenced: the addon keeps its address only. Throws libpcap's
     * message.
     */
    open(device: string, filter: string, bufferBytes: number, buffer: Uint8Array): string
    on(event: 'packet', heard: (length: number, truncated: boolean) => void): this
    close(): boolean
  }
}
