/** Milliseconds that never go back. Only decides when something is due, never what is in it. */
export const monotone = (): number => performance.now()
