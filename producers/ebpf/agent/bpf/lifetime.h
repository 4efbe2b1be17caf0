/* The end of connections, as TCP sees it. */
#pragma once
#include "connection.h"

/* Bytes that TCP counted and no call was seen for, up to here. */
static __always_inline void settle(struct connection *connection, struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;
	if (!connection->synced || connection->mode >= MODE_PRESUMED)
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

static __always_inline void close_connection(struct connection *connection, struct sock *sk)
{
	if (connection->closed || !connection->announced)
		return;
	settle(connection, sk);
	struct end_event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return;
	}
	head(&out->event, EVENT_CLOSE, connection->id);
	tell(&out->event, &connection->loss, RECEIVED);
	out->event.flags = connection->aborted ? FLAG_ABORTED : 0;
	out->other = connection->loss.bytes[SENT];
	out->other_why = connection->loss.why[SENT];
	connection->closed = 1;
	bpf_ringbuf_submit(out, wakeup());
}

SEC("raw_tp/inet_sock_set_state")
int lifetime_state(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	u64 key = (u64)sk;
	int state = ctx->args[2];
	if (state != TCP_FIN_WAIT1 && state != TCP_LAST_ACK && state != TCP_CLOSE)
		return 0;
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return 0;
	if (state == TCP_CLOSE) {
		/* What was received before can still be read, so the end waits for `tcp_destroy_sock`. */
		int old = ctx->args[1];
		if (old == TCP_ESTABLISHED || old == TCP_CLOSE_WAIT)
			connection->aborted = 1;
		return 0;
	}
	if (connection->ended[SENT] || !connection->announced)
		return 0;
	settle(connection, sk);
	struct event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return 0;
	}
	head(out, EVENT_END, connection->id);
	tell(out, &connection->loss, SENT);
	connection->ended[SENT] = 1;
	bpf_ringbuf_submit(out, wakeup());
	return 0;
}

SEC("raw_tp/tcp_destroy_sock")
int lifetime_destroy(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	u64 key = (u64)sk;
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return 0;
	close_connection(connection, sk);
	bpf_map_delete_elem(&connections, &key);
	return 0;
}
