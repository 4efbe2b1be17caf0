/**
 * The end of a file that a crash left behind.
 *
 * Invariant of an open file: it is empty or ends with a newline. A power cut or a full disk can leave part of a line. That
 * line was never acknowledged, so it will be written again: the part is cut off, not completed.
 */
import { fstatSync, ftruncateSync, readSync } from 'node:fs'
import { Usage } from '#schemas/contracts/errors.ts'
import { beginsLine, type Form } from '#schemas/forms/form.ts'

const BLOCK = 64 * 1024
const NEWLINE = 0x0a
/** So many bytes tell a line of ours from something else. */
const HEAD = 16

/** Cuts a torn last line off; returns the size. `fd` is readable. Throws `Usage` when the end cannot be ours. */
export function repairTail(fd: number, path: string, form: Form): number {
  const { size } = fstatSync(fd)
  const start = lastLineStart(fd, size)
  if (start === size) return size
  const head = Buffer.alloc(HEAD)
  const text = head.toString('latin1', 0, readSync(fd, head, 0, head.length, start))
  // Zeros: some file systems keep the new length of a file after a power cut, but not what was written.
  const [written = ''] = text.split('\0')
  if (!beginsLine(form, written)) {
    throw new Usage(`log sink: ${path} does not end with a line of Tapwire: move it away or choose another path`)
  }
  ftruncateSync(fd, start)
  return start
}

/** Offset behind the last newline; 0 when there is none. */
function lastLineStart(fd: number, size: number): number {
  const block = Buffer.alloc(Math.min(BLOCK, size))
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - BLOCK)
    const length = readSync(fd, block, 0, end - from, from)
    const newline = block.subarray(0, length).lastIndexOf(NEWLINE)
    if (newline >= 0) return from + newline + 1
    end = from
  }
  return 0
}
