import type { Cap } from 'cap'

/** The addon, or why there is none. Optional: npm leaves it out where it cannot be built. */
export async function loadCap(): Promise<{ readonly open: () => Cap } | { readonly missing: string }> {
  try {
    const { default: addon } = (await import('cap')) as unknown as { default: { Cap: typeof Cap } }
    return { open: () => new addon.Cap() }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { missing: code === 'ERR_MODULE_NOT_FOUND' ? 'it is not installed' : message.split('\n')[0]! }
  }
}
