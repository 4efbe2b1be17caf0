/**
 * The smallest input near `input` for which `fails` still says true: pieces are left out, half of it at first, then
 * smaller and smaller (A. Zeller, "Simplifying and Isolating Failure-Inducing Input"); then bytes become plain letters.
 * Stops after `budget` trials.
 */
export async function minimise(
  input: Uint8Array,
  fails: (candidate: Uint8Array) => boolean | Promise<boolean>,
  budget: number,
): Promise<Uint8Array> {
  let best = input
  const tryOut = async (candidate: Uint8Array): Promise<boolean> => {
    if (budget-- <= 0 || !(await fails(candidate))) return false
    best = candidate
    return true
  }
  for (let size = Math.max(1, best.length >> 1); size > 0 && budget > 0; ) {
    let shorter = false
    for (let at = 0; at < best.length && budget > 0; ) {
      const without = Buffer.concat([best.subarray(0, at), best.subarray(at + size)])
      if (await tryOut(without)) shorter = true
      else at += size
    }
    if (!shorter || size > best.length) size >>= 1
  }
  for (let at = 0; at < best.length && budget > 0; at++) {
    if (best[at] === PLAIN) continue
    const plainer = Uint8Array.from(best)
    plainer[at] = PLAIN
    await tryOut(plainer)
  }
  return best
}

const PLAIN = 0x61
