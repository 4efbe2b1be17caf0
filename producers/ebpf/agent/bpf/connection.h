/* Connections: found by their socket, judged, announced to the loader. */
#pragma once
#include "ring.h"
#include "socket.h"
#include "verdict.h"

static __always_inline u8 judge(u32 wanted, struct sock *sk, u8 side)
{
	struct ends ends = {};
	ends_of(sk, &ends);
	u16 server = side == SIDE_ACCEPTED ? ends.local_port : ends.remote_port;
	return allowed(wanted, side, server, ends.remote);
}

/* True when the loader knows the connection. When the ring is full it is tried again with the next bytes. */
static __always_inline int announce(struct connection *connection, struct sock *sk)
{
	if (connection->announced)
		return 1;
	struct connection_event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return 0;
	}
	struct ends ends = {};
	ends_of(sk, &ends);
	head(&out->event, EVENT_CONNECTION, connection->id);
	out->socket = (u64)sk;
	out->cgroup = bpf_get_current_cgroup_id();
	out->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	out->tid = (u32)bpf_get_current_pid_tgid();
	out->side = connection->side;
	out->inferred = connection->inferred;
	out->midstream = connection->midstream;
	out->family = ends.family;
	out->local_port = ends.local_port;
	out->remote_port = ends.remote_port;
	__builtin_memcpy(out->local, ends.local, 16);
	__builtin_memcpy(out->remote, ends.remote, 16);
	out->offset[RECEIVED] = connection->offset[RECEIVED];
	out->offset[SENT] = connection->offset[SENT];
	bpf_get_current_comm(out->comm, sizeof out->comm);
	/* At its end, whoever happens to run is not its owner. */
	if (connection->ended[SENT] || connection->aborted)
		out->event.pid = connection->pid;
	connection->announced = 1;
	count(COUNT_CONNECTIONS, 1);
	bpf_ringbuf_submit(out, wakeup());
	return 1;
}

/*
 * Fixes which sequence numbers are offset 0, when the first bytes have been moved: `received` and `sent` of them by the
 * call that has just returned.
 */
static __always_inline void sync(struct connection *connection, struct sock *sk, u32 received, u32 sent)
{
	struct tcp_sock *tcp = (void *)sk;
	if (connection->late) {
		connection->offset[RECEIVED] = offset_received(sk) - received;
		connection->offset[SENT] = offset_sent(sk, connection->side) - sent;
		connection->midstream = connection->offset[RECEIVED] || connection->offset[SENT];
	}
	connection->sequence[RECEIVED] = read_until(sk) - received;
	connection->sequence[SENT] = BPF_CORE_READ(tcp, write_seq) - sent;
	connection->synced = 1;
}

/* Applies rules that have changed. */
static __always_inline void judge_again(struct connection *connection, struct sock *sk, u32 wanted)
{
	u8 before = connection->allowed;
	if (connection->generation == settings.generation)
		return;
	connection->generation = settings.generation;
	connection->allowed = judge(wanted, sk, connection->side);
	if (connection->allowed && !before) {
		connection->late = 1;
		connection->synced = 0;
	}
}

/*
 * The connection of a socket, wanted or not, made when it is new; NULL when the table is full. `side`: what the system call
 * shows, 0 when it shows nothing.
 */
static __always_inline struct connection *connection_of(struct sock *sk, u32 wanted, u8 side)
{
	u64 key = (u64)sk;
	struct connection *known = bpf_map_lookup_elem(&connections, &key);
	/* connect is called again to ask whether it is through. */
	if (known && !known->gone && (side == 0 || (side == SIDE_CONNECTED && known->side == side && !known->synced))) {
		judge_again(known, sk, wanted);
		return known;
	}
	struct connection made = {};
	made.id = bpf_ktime_get_ns() << 8 | (bpf_get_smp_processor_id() & 0xff);
	made.generation = settings.generation;
	made.pid = bpf_get_current_pid_tgid() >> 32;
	made.inferred = made.late = side == 0;
	made.side = side ? side : inferred_side(sk);
	made.allowed = judge(wanted, sk, made.side);
	/* Nothing was moved yet. One that is still being made has its first sequence numbers later. */
	if (side && BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_SYN_SENT)
		sync(&made, sk, 0, 0);
	if (bpf_map_update_elem(&connections, &key, &made, BPF_ANY)) {
		count(COUNT_UNTRACKED, 1);
		return NULL;
	}
	return bpf_map_lookup_elem(&connections, &key);
}

/*
 * Compares what TCP counted with what was seen: `moved` bytes by the call that has just returned, and what lies before them
 * that no call was seen for. Two threads that read (or write) one socket at once without a lock may return in the other
 * order; then this takes the one's bytes for unseen. Nobody who wants his bytes in order does that.
 */
static __always_inline void advance(struct connection *connection, struct sock *sk, u32 direction, u32 moved)
{
	if (!connection->synced) {
		sync(connection, sk, direction == RECEIVED ? moved : 0, direction == SENT ? moved : 0);
	}
	struct tcp_sock *tcp = (void *)sk;
	u32 now = direction == RECEIVED ? read_until(sk) : BPF_CORE_READ(tcp, write_seq);
	u32 *sequence = direction == RECEIVED ? &connection->sequence[RECEIVED] : &connection->sequence[SENT];
	s32 unseen = now - moved - *sequence;
	if (unseen > 0)
		lose(&connection->loss, direction, unseen, WHY_UNSEEN);
	*sequence = now;
}
