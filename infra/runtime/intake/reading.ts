import type { Captured, Producer } from '#schemas/contracts/producer.ts'

/** How long a producer that is reading may take to answer an abort. */
const ABORT_PATIENCE_MS = 300

/**
 * A producer that waits (for its pace, for packets) may answer an abort by throwing, or with what it has. One that does
 * neither in time is left alone: what it reads after all is not stored, and read again at the next start.
 */
export async function readUnless(producer: Producer, signal: AbortSignal): Promise<Captured | null | 'aborted'> {
  const { promise, resolve } = Promise.withResolvers<'aborted'>()
  let timer: NodeJS.Timeout | undefined
  const aborted = (): void => {
    timer = setTimeout(resolve, ABORT_PATIENCE_MS, 'aborted')
  }
  signal.addEventListener('abort', aborted, { once: true })
  try {
    return await Promise.race([producer.read(signal), promise])
  } catch (error) {
    if (signal.aborted) return 'aborted'
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', aborted)
  }
}
