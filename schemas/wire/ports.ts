/** Which tunnel a UDP port says. */
import type { WireOptions } from '#schemas/config/wire.ts'
import { LAYER } from '#schemas/wire/layer.ts'

/** No tunnel. */
export const NO_TUNNEL = 0x7f
/** Added to the layer when packets that come from the port are of the tunnel as well. */
export const BOTH_WAYS = 0x80

type Tunnels = WireOptions['tunnels']

const made = new WeakMap<Tunnels, Uint8Array>()

/**
 * By port: the layer that follows (and BOTH_WAYS), or NO_TUNNEL. IANA's numbers, and those of the configuration, which win.
 * One table for all walks of one configuration.
 */
export function tunnelPorts(tunnels: Tunnels): Uint8Array {
  const known = made.get(tunnels)
  if (known !== undefined) return known
  const ports = new Uint8Array(65_536).fill(NO_TUNNEL)
  ports[1701] = LAYER.l2tp | BOTH_WAYS
  ports[2152] = LAYER.gtpu | BOTH_WAYS
  ports[3544] = LAYER.teredo | BOTH_WAYS
  ports[4754] = LAYER.gre
  ports[5072] = LAYER.ayiya | BOTH_WAYS
  ports[6635] = LAYER.mpls
  ports[37_008] = LAYER.tzsp
  for (const port of tunnels.genevePorts) ports[port] = LAYER.geneve
  for (const port of tunnels.vxlanGpePorts) ports[port] = LAYER['vxlan-gpe']
  for (const port of tunnels.vxlanPorts) ports[port] = LAYER.vxlan
  made.set(tunnels, ports)
  return ports
}
