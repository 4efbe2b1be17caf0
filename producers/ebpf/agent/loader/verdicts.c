#include <bpf/bpf.h>
#include <string.h>

#include "agent.h"

uint32_t verdict_of(pid_t pid, uint64_t cgroup)
{
	uint32_t key = pid, wanted;
	if (bpf_map_lookup_elem(map_fd("processes"), &key, &wanted) == 0)
		return wanted;
	if (bpf_map_lookup_elem(map_fd("cgroups"), &cgroup, &wanted) == 0)
		return wanted;
	return settings_page()->verdict;
}

bool connection_allowed(uint32_t wanted, uint8_t side, uint16_t server_port, const uint8_t peer[16])
{
	struct network network = {.prefix = 128};
	uint32_t listed;
	if (!(wanted & (side == SIDE_ACCEPTED ? WANT_ACCEPTED : WANT_CONNECTED)))
		return false;
	if (bpf_map_lookup_elem(map_fd("ports"), &server_port, &listed) == 0 ? !listed : settings_page()->ports_denied)
		return false;
	memcpy(network.address, peer, 16);
	if (bpf_map_lookup_elem(map_fd("peers"), &network, &listed) == 0)
		return listed;
	return !settings_page()->peers_denied;
}
