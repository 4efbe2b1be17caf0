/** Throws when three letters stand in the input in this order: the runner has to find and keep just them. */
export default (data: Uint8Array): void => {
  const text = Buffer.from(data).toString('latin1')
  if (/x.*y.*z/s.test(text)) throw new RangeError('x, y and z')
}
export const dictionary = ['x', 'y', 'z']
export const seeds = (): readonly Uint8Array[] => [Buffer.from('nothing in here, and a filler that is left out')]
