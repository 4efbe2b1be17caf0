/* Whose connections are wanted. The first question of every program: nothing else is done for others. */
#pragma once
#include "maps.h"

/* WANT_… of the current process: its own line, else its cgroup's, else the default. */
static __always_inline u32 verdict(void)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	u32 *named = bpf_map_lookup_elem(&processes, &pid);
	if (named)
		return *named;
	u64 cgroup = bpf_get_current_cgroup_id();
	named = bpf_map_lookup_elem(&cgroups, &cgroup);
	return named ? *named : settings.verdict;
}

/* Whether a connection of a process with this verdict is wanted. */
static __always_inline u8 allowed(u32 wanted, u8 side, u16 server_port, const u8 *peer)
{
	if (!(wanted & (side == SIDE_ACCEPTED ? WANT_ACCEPTED : WANT_CONNECTED)))
		return 0;
	u32 *port = bpf_map_lookup_elem(&ports, &server_port);
	if (port ? !*port : settings.ports_denied)
		return 0;
	struct network network = {.prefix = 128};
	__builtin_memcpy(network.address, peer, 16);
	u32 *listed = bpf_map_lookup_elem(&peers, &network);
	return listed ? *listed != 0 : !settings.peers_denied;
}
