/* TLS sessions (SSL *) and the proof that one belongs to a connection. */
#pragma once
#include "../connection.h"

static __always_inline struct session *session_of(u64 ssl)
{
	struct session_key key = {.ssl = ssl, .pid = bpf_get_current_pid_tgid() >> 32};
	struct session *known = bpf_map_lookup_elem(&sessions, &key);
	if (known)
		return known;
	struct session made = {.id = bpf_ktime_get_ns() << 8 | (bpf_get_smp_processor_id() & 0xff), .fd = -1};
	if (bpf_map_update_elem(&sessions, &key, &made, BPF_NOEXIST)) {
		count(COUNT_CALLS_LOST, 1);
		return NULL;
	}
	return bpf_map_lookup_elem(&sessions, &key);
}

/* True when the loader knows whose session it is. */
static __always_inline int announce_session(struct session *session, struct connection *connection)
{
	if (session->announced)
		return 1;
	struct end_event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return 0;
	}
	head(&out->event, EVENT_TLS_PROVEN, connection->id);
	out->other = session->id;
	out->other_why = 0;
	session->announced = 1;
	session->held = 0;
	bpf_ringbuf_submit(out, wakeup());
	return 1;
}

/* The connection turned out to be one that nobody wants: what the loader holds of the session is to be forgotten. */
static __always_inline void tell_unwanted(struct session *session)
{
	if (!session->held)
		return;
	struct event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return;
	}
	head(out, EVENT_TLS_UNWANTED, session->id);
	session->held = 0;
	bpf_ringbuf_submit(out, wakeup());
}

static __always_inline void prove(struct session *session, struct connection *connection, struct sock *sk, s32 fd)
{
	session->fd = fd;
	session->sk = (u64)sk;
	session->connection = connection->id;
	session->announced = 0;
	connection->mode = MODE_PROVEN;
	if (!connection->allowed)
		tell_unwanted(session);
	/* What was lost while nobody knew whose it was. */
	connection->loss.bytes[RECEIVED] += session->loss.bytes[RECEIVED];
	connection->loss.bytes[SENT] += session->loss.bytes[SENT];
	connection->loss.why[RECEIVED] |= session->loss.why[RECEIVED];
	connection->loss.why[SENT] |= session->loss.why[SENT];
	__builtin_memset(&session->loss, 0, sizeof session->loss);
	if (connection->allowed && announce(connection, sk))
		announce_session(session, connection);
}

/* The connection of a session while it lives. */
static __always_inline struct connection *connection_of_session(struct session *session)
{
	if (!session->sk)
		return NULL;
	struct connection *connection = bpf_map_lookup_elem(&connections, &session->sk);
	if (connection && connection->id == session->connection)
		return connection;
	session->sk = 0;
	return NULL;
}
