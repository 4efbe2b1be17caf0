import { type Cluster, Unavailable, type Want } from './contract.ts'

export async function openDocker(_want: Want): Promise<Cluster> {
  throw new Unavailable('no Docker engine answers')
}
