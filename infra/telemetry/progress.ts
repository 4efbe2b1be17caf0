/** A progress bar on a terminal; nothing at all when the stream is none (a file, a pipe, CI). */

export interface Progress {
  readonly done: number
  /** Null: unknown or endless. */
  readonly total: number | null
}

export interface ProgressBar {
  /** Redraws at most ten times a second. Units are bytes. */
  update(label: string, progress: Progress): void
  /** Removes the bar: before anything else is written, and at the end. */
  clear(): void
}

const REDRAW_MS = 100
const WIDTH = 30

export function progressBar(stream: NodeJS.WriteStream, clock: () => number = () => performance.now()): ProgressBar {
  if (stream.isTTY !== true) return { update: () => {}, clear: () => {} }
  const started = clock()
  let drawn = Number.NEGATIVE_INFINITY
  let visible = false
  return {
    update(label, progress) {
      const now = clock()
      if (now - drawn < REDRAW_MS) return
      drawn = now
      visible = true
      const line = renderProgress(label, progress, (now - started) / 1000)
      stream.write(`\r${line.slice(0, Math.max(10, stream.columns - 1))}\x1b[K`)
    },
    clear() {
      if (visible) stream.write('\r\x1b[K')
      visible = false
      drawn = Number.NEGATIVE_INFINITY
    },
  }
}

/** `seconds`: since the start, for the rate. */
export function renderProgress(label: string, { done, total }: Progress, seconds: number): string {
  const rate = seconds > 0 ? ` ${mebibytes(done / seconds)}/s` : ''
  if (total === null || total === 0) return `${label} ${mebibytes(done)}${rate}`
  const share = Math.min(1, done / total)
  const filled = Math.round(share * WIDTH)
  const left = share > 0 && share < 1 ? ` ${Math.ceil((seconds * (1 - share)) / share)} s left` : ''
  return `${label} [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)} % ${mebibytes(done)}${rate}${left}`
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
