/** The Docker engine of this machine. */
import { type ContainerRuntimeClient, getContainerRuntimeClient, ImageName } from 'testcontainers'
import { Unavailable } from './contract.ts'

/** Throws `Unavailable` when no engine answers. */
export async function dockerEngine(): Promise<ContainerRuntimeClient> {
  try {
    return await getContainerRuntimeClient()
  } catch {
    throw new Unavailable('no Docker engine answers')
  }
}

/** Pulls the image when the engine does not have it. Throws `Unavailable` when it cannot be had. */
export async function ensureImage(engine: ContainerRuntimeClient, name: string): Promise<void> {
  const image = ImageName.fromString(name)
  if (await engine.image.exists(image)) return
  try {
    await engine.image.pull(image)
  } catch (error) {
    throw new Unavailable(`the image ${name} cannot be pulled (${error instanceof Error ? error.message : error})`)
  }
}
