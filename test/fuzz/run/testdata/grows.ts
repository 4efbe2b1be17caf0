/** Takes all the memory there is. */
export default (data: Uint8Array): void => {
  const kept: unknown[] = []
  while (data.includes(0x78)) kept.push(new Array(500_000).fill(kept))
}
export const dictionary = ['x']
export const seeds = (): readonly Uint8Array[] => [Buffer.from('nothing')]
