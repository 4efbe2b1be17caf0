/* Is what a system call moved plain, or ciphertext? See `enum mode` for the states. */
#pragma once
#include "openssl/session.h"

enum { HEAD = 64, PROXY_V2_HEAD = 16, PROXY_V1_LONGEST = 107 };
enum { TLS_CHANGE_CIPHER = 20, TLS_HANDSHAKE = 22, TLS_APPLICATION = 23, TLS_MAJOR = 3 };

/* The first bytes of a call, and how many of them there are. */
struct first {
	u8 bytes[HEAD];
	u32 size;
};

static __always_inline void read_first(struct first *first, u64 base, u64 length)
{
	first->size = 0;
	u64 size = length < HEAD ? length : HEAD;
	asm volatile("" : "+r"(size));
	if (size > HEAD || bpf_probe_read_user(first->bytes, size, (void *)base))
		return;
	first->size = size;
}

static __always_inline int like_record(const struct first *first)
{
	if (first->size == 0 || first->bytes[0] < TLS_CHANGE_CIPHER || first->bytes[0] > TLS_APPLICATION)
		return 0;
	return first->size == 1 || first->bytes[1] == TLS_MAJOR;
}

static __always_inline int like_handshake(const struct first *first)
{
	return like_record(first) && first->bytes[0] == TLS_HANDSHAKE;
}

static __always_inline int begins(const struct first *first, const char *with, u32 size)
{
#pragma unroll
	for (u32 i = 0; i < size; i++)
		if (first->bytes[i] != (u8)with[i])
			return 0;
	return 1;
}

/* Length of the PROXY header (version 1 or 2) that the bytes begin with; 0 when there is none or it is not whole. */
static __always_inline u32 proxy_header(const struct first *first, u64 base, u64 length)
{
	if (first->size < PROXY_V2_HEAD)
		return 0;
	if (begins(first, "\r\n\r\n\0\r\nQUIT\n", 12))
		return PROXY_V2_HEAD + (first->bytes[14] << 8 | first->bytes[15]);
	if (!begins(first, "PROXY ", 6))
		return 0;
	for (u32 at = 8; at + 1 < PROXY_V1_LONGEST; at++) {
		u16 pair = 0;
		if (at + 2 > length || bpf_probe_read_user(&pair, 2, (void *)(base + at)))
			return 0;
		if (pair == ('\r' | '\n' << 8))
			return at + 2;
	}
	return 0;
}

static __always_inline void tell_tls(struct connection *connection, struct sock *sk, u8 type)
{
	if (!announce(connection, sk))
		return;
	struct event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return;
	}
	head(out, type, connection->id);
	bpf_ringbuf_submit(out, wakeup());
}

static __always_inline void skip(struct connection *connection, u32 direction, u64 bytes)
{
	if (direction == RECEIVED)
		connection->skipped[RECEIVED] += bytes;
	else
		connection->skipped[SENT] += bytes;
	count(COUNT_CIPHERTEXT, bytes);
}

/* True when the first of the bytes sent are ciphertext that a session made, which proves that the connection is its own. */
static __always_inline int prove_by_bytes(struct connection *connection, struct sock *sk, const struct first *first, s32 fd)
{
	struct proof proof;
	if (first->size < PROOF_AT + PROOF_BYTES)
		return 0;
	__builtin_memcpy(proof.bytes, first->bytes + PROOF_AT, PROOF_BYTES);
	struct session_key *key = bpf_map_lookup_elem(&proofs, &proof);
	if (!key || key->pid != bpf_get_current_pid_tgid() >> 32)
		return 0;
	struct call *call = call_in_progress();
	struct session *session = session_of(key->ssl);
	if (!session || connection_of_session(session))
		return 0;
	/* In the call itself: the next ones will use the same descriptor. */
	prove(session, connection, sk, call && call->ssl == key->ssl ? fd : -1);
	return 1;
}

/* Of a connection that is not wanted it is only of interest which session's plaintext is not wanted either. */
static __always_inline void prove_unwanted(struct connection *connection, struct job *job, u64 base, u64 length)
{
	struct first first;
	read_first(&first, base, length);
	if (like_record(&first))
		prove_by_bytes(connection, (struct sock *)job->sk, &first, job->fd);
}

/* The handshake was none: what was skipped is missing. */
static __always_inline void take_back(struct connection *connection, struct sock *sk)
{
	connection->mode = MODE_PLAIN;
	lose(&connection->loss, RECEIVED, connection->skipped[RECEIVED], WHY_TLS);
	lose(&connection->loss, SENT, connection->skipped[SENT], WHY_TLS);
	tell_tls(connection, sk, EVENT_TLS_NOT);
}

enum taken { TAKE_NONE, TAKE_ALL, LOOK };

/* What is to be done with the bytes of a job, of which these are the first; LOOK: nothing is known yet. */
static __always_inline enum taken take(struct connection *connection, struct job *job, u64 base, u64 length)
{
	struct first first;
	struct sock *sk = (struct sock *)job->sk;
	u32 dir = job->direction & 1;

	if (connection->mode == MODE_UNKNOWN)
		return LOOK;
	if (connection->mode == MODE_PLAIN && dir == RECEIVED && !call_in_progress())
		return TAKE_ALL;
	read_first(&first, base, length);
	if (connection->mode == MODE_PRESUMED && !connection->looked[dir] && !like_record(&first)) {
		take_back(connection, sk);
		return TAKE_ALL;
	}
	if (dir == SENT && like_record(&first) && prove_by_bytes(connection, sk, &first, job->fd)) {
		skip(connection, dir, job->moved);
		return TAKE_NONE;
	}
	if (connection->mode == MODE_PLAIN) {
		/* Behind CONNECT or STARTTLS: sent, it would have been proven. Received, the answer will tell. */
		if (dir == SENT || !like_handshake(&first))
			return TAKE_ALL;
		connection->mode = MODE_PRESUMED;
		connection->looked[SENT] = 0;
		connection->skipped[RECEIVED] = 0;
		connection->skipped[SENT] = 0;
		tell_tls(connection, sk, EVENT_TLS_SEEN);
	}
	connection->looked[dir] = 1;
	skip(connection, dir, job->moved);
	return TAKE_NONE;
}

/*
 * The first bytes of a connection, or the first behind a PROXY header that came alone. Returns how many of them are plain.
 */
static __always_inline u64 look(struct connection *connection, struct sock *sk, struct job *job, u64 base, u64 length)
{
	struct first first;
	u32 dir = job->direction & 1;
	read_first(&first, base, length);
	/* Through memory: the verifier would go on with each of its possible values. */
	job->count = proxy_header(&first, base, length);
	u64 header = job->count;
	if (header >= job->moved)
		return job->moved;
	if (header)
		read_first(&first, base + header, length > header ? length - header : 0);
	if (!(connection->midstream ? like_record(&first) : like_handshake(&first))) {
		connection->mode = MODE_PLAIN;
		return job->moved;
	}
	connection->mode = MODE_PRESUMED;
	connection->looked[dir] = 1;
	tell_tls(connection, sk, EVENT_TLS_SEEN);
	if (dir == SENT)
		prove_by_bytes(connection, sk, &first, job->fd);
	skip(connection, dir, job->moved - header);
	return header;
}
