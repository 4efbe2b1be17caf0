/* The end of connections, as TCP sees it. */
#pragma once
#include "connection.h"

/* Bytes that TCP counted and no call was seen for, up to here. */
static __always_inline void settle(struct connection *connection, struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;
	if (!connection->allowed || !connection->synced || connection->mode >= MODE_PRESUMED)
		return;
	u32 received = read_until(sk);
	s32 unseen = received - connection->sequence[RECEIVED];
	if (unseen > 0) {
		lose(&connection->loss, RECEIVED, unseen, WHY_UNSEEN);
		connection->sequence[RECEIVED] = received;
	}
	/* Once sent, the FIN counts like a byte. */
	u32 sent = BPF_CORE_READ(tcp, write_seq) - connection->ended[SENT];
	unseen = sent - connection->sequence[SENT];
	if (unseen > 0) {
		lose(&connection->loss, SENT, unseen, WHY_UNSEEN);
		connection->sequence[SENT] = sent;
	}
}

/* False when the ring is full. */
static __always_inline int close_connection(struct connection *connection, struct sock *sk)
{
	settle(connection, sk);
	/* Of a connection that nothing was seen of: only that something went by. */
	if (!connection->announced && !connection->loss.bytes[RECEIVED] && !connection->loss.bytes[SENT])
		return 1;
	if (!announce(connection, sk))
		return 0;
	struct end_event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return 0;
	}
	head(&out->event, EVENT_CLOSE, connection->id);
	tell(&out->event, &connection->loss, RECEIVED);
	out->event.flags = connection->aborted ? FLAG_ABORTED : 0;
	out->other = connection->loss.bytes[SENT];
	out->other_why = connection->loss.why[SENT];
	bpf_ringbuf_submit(out, wakeup());
	return 1;
}

static __always_inline void end_sent(struct connection *connection, struct sock *sk)
{
	if (connection->ended[SENT])
		return;
	settle(connection, sk);
	connection->ended[SENT] = 1;
	/* Unannounced, nothing was seen of it: then it counts only when something went by. */
	u64 lost = connection->loss.bytes[RECEIVED] + connection->loss.bytes[SENT];
	if (!connection->announced && (!lost || !announce(connection, sk)))
		return;
	struct event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return;
	}
	head(out, EVENT_END, connection->id);
	tell(out, &connection->loss, SENT);
	bpf_ringbuf_submit(out, wakeup());
}

SEC("raw_tp/inet_sock_set_state")
int lifetime_state(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	u64 key = (u64)sk;
	int old = ctx->args[1], state = ctx->args[2];
	if (state != TCP_ESTABLISHED && state != TCP_FIN_WAIT1 && state != TCP_LAST_ACK && state != TCP_CLOSE)
		return 0;
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection || connection->gone)
		return 0;
	if (state == TCP_ESTABLISHED) {
		if (!connection->synced)
			sync(connection, sk, 0, 0);
	} else if (state != TCP_CLOSE) {
		end_sent(connection, sk);
	} else if (old == TCP_ESTABLISHED || old == TCP_CLOSE_WAIT) {
		/* What was received before can still be read, so the end waits for `tcp_destroy_sock`. */
		connection->aborted = 1;
	}
	return 0;
}

SEC("raw_tp/tcp_destroy_sock")
int lifetime_destroy(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	u64 key = (u64)sk;
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection || connection->gone)
		return 0;
	if (close_connection(connection, sk))
		bpf_map_delete_elem(&connections, &key);
	else
		connection->gone = 1;
	return 0;
}
