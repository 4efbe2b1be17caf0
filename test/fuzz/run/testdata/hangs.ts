export default (data: Uint8Array): void => {
  while (data.includes(0x78));
}
export const dictionary = ['x']
export const seeds = (): readonly Uint8Array[] => [Buffer.from('nothing')]
