/*
 * Plaintext of OpenSSL 1.1 and 3 and of what has its interface, at the return of its functions. Whose it is, is proven by the
 * ciphertext: what a session hands to its BIO (BIO_write, inside a call) and what is then sent on a socket are the same bytes,
 * whether OpenSSL makes the system call, a BIO of the program's own, or the program itself, later, from memory.
 */
#pragma once
#include "../stream.h"
#include "session.h"

enum kind { KIND_READ, KIND_READ_EX, KIND_WRITE, KIND_WRITE_EX, KIND_SENDFILE, KIND_OTHER };

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} more_openssl SEC(".maps");

SEC("uprobe")
int openssl_more(struct call_registers *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct job *job = bpf_map_lookup_elem(&jobs, &thread);
	if (!job)
		return 0;
	struct loss *loss = loss_of(job);
	if (loss && !run(job, loss, MORE_CHUNKS)) {
		bpf_tail_call(ctx, &more_openssl, 0);
		give_up(job, loss);
	}
	bpf_map_delete_elem(&jobs, &thread);
	return 0;
}

static __always_inline void copy_plaintext(void *ctx, struct job *job, struct loss *loss)
{
	u64 thread = bpf_get_current_pid_tgid();
	if (run(job, loss, RUN_CHUNKS))
		return;
	if (bpf_map_update_elem(&jobs, &thread, job, BPF_ANY) == 0) {
		bpf_tail_call(ctx, &more_openssl, 0);
		bpf_map_delete_elem(&jobs, &thread);
	}
	give_up(job, loss);
}

/*
 * Takes away calls whose return was not seen. The stack grows down: a call is inside of those whose stack pointers are
 * above its own.
 */
static __always_inline void unwind(struct thread *thread, u64 stack)
{
	for (int i = 0; i < NESTED; i++)
		if (thread->depth > 0 && call_at(thread, thread->depth - 1)->stack <= stack)
			thread->depth--;
}

/* SSL_accept calls SSL_do_handshake, SSL_read_early_data calls SSL_read_ex: the outer call counts. */
static __always_inline int is_shell(const struct call *outer, u64 ssl, u32 kind, u64 buffer)
{
	return outer->ssl == ssl && (kind == KIND_OTHER || outer->buffer == buffer);
}

static __always_inline int enter(struct call_registers *ctx, u32 kind, u64 buffer, u64 moved)
{
	static const struct thread none;
	u64 id = bpf_get_current_pid_tgid();
	if (!verdict())
		return 0;
	u64 stack = call_stack(ctx);
	struct session_key key = {.ssl = call_arg0(ctx), .pid = id >> 32};
	struct thread *thread = bpf_map_lookup_elem(&threads, &id);
	if (!thread) {
		bpf_map_update_elem(&threads, &id, &none, BPF_NOEXIST);
		thread = bpf_map_lookup_elem(&threads, &id);
	}
	if (!thread) {
		count(COUNT_CALLS_LOST, 1);
		return 0;
	}
	unwind(thread, stack);
	u32 depth = thread->depth;
	if (depth > 0 && is_shell(call_at(thread, depth - 1), key.ssl, kind, buffer))
		return 0;
	if (depth >= NESTED) {
		count(COUNT_CALLS_LOST, 1);
		return 0;
	}
	struct call *call = call_at(thread, depth);
	struct session *session = bpf_map_lookup_elem(&sessions, &key);
	call->ssl = key.ssl;
	call->stack = stack;
	call->buffer = buffer;
	call->moved = moved;
	call->kind = kind;
	call->sk = session ? session->sk : 0;
	call->connection = session ? session->connection : 0;
	call->fd = session ? session->fd : -1;
	thread->depth = depth + 1;
	return 0;
}

SEC("uprobe")
int openssl_read(struct call_registers *ctx)
{
	return enter(ctx, KIND_READ, call_arg1(ctx), 0);
}

SEC("uprobe")
int openssl_read_ex(struct call_registers *ctx)
{
	return enter(ctx, KIND_READ_EX, call_arg1(ctx), call_arg3(ctx));
}

SEC("uprobe")
int openssl_write(struct call_registers *ctx)
{
	return enter(ctx, KIND_WRITE, call_arg1(ctx), 0);
}

SEC("uprobe")
int openssl_write_ex(struct call_registers *ctx)
{
	return enter(ctx, KIND_WRITE_EX, call_arg1(ctx), call_arg3(ctx));
}

SEC("uprobe")
int openssl_sendfile(struct call_registers *ctx)
{
	return enter(ctx, KIND_SENDFILE, 0, 0);
}

/* Calls that move ciphertext, but no plaintext that counts: handshakes, shutdown, peeking. */
SEC("uprobe")
int openssl_other(struct call_registers *ctx)
{
	return enter(ctx, KIND_OTHER, 0, 0);
}

/* Plaintext bytes that a call has moved. */
static __always_inline u64 moved_bytes(const struct call *call, s64 result)
{
	u64 bytes = 0;
	/* int: the upper half of the register is undefined. */
	if (call->kind == KIND_READ || call->kind == KIND_WRITE)
		return (s32)result > 0 ? (s32)result : 0;
	if (call->kind == KIND_SENDFILE)
		return result > 0 ? result : 0;
	if (call->kind != KIND_OTHER && (s32)result == 1)
		bpf_probe_read_user(&bytes, 8, (void *)call->moved);
	return bytes;
}

static __always_inline void plaintext(struct call_registers *ctx, const struct call *call, u64 bytes)
{
	struct session *session = session_of(call->ssl);
	if (!session)
		return;
	u32 direction = call->kind == KIND_READ || call->kind == KIND_READ_EX ? RECEIVED : SENT;
	struct connection *connection = connection_of_session(session);
	struct loss *loss = &session->loss;
	struct job job = {.direction = direction};
	if (connection) {
		judge_again(connection, (struct sock *)session->sk, verdict());
		if (!connection->allowed)
			return;
		if (!connection->synced)
			sync(connection, (struct sock *)session->sk, 0, 0);
		loss = &connection->loss;
		job.sk = session->sk;
		job.id = connection->id;
		if (!announce(connection, (struct sock *)session->sk) || !announce_session(session, connection)) {
			lose(loss, direction, bytes, WHY_RING);
			return;
		}
	} else {
		job.ssl = call->ssl;
		job.id = session->id;
		job.flags = FLAG_SESSION;
		session->held = 1;
	}
	if (call->kind == KIND_SENDFILE) {
		lose(loss, direction, bytes, WHY_HIDDEN);
		return;
	}
	job.base = call->buffer;
	job.length = bytes;
	job.left = bytes > settings.call_bytes ? settings.call_bytes : bytes;
	job.cut = bytes - job.left;
	if (job.length > job.left)
		job.length = job.left;
	copy_plaintext(ctx, &job, loss);
}

SEC("uretprobe")
int openssl_leave(struct call_registers *ctx)
{
	u64 id = bpf_get_current_pid_tgid();
	struct thread *thread = bpf_map_lookup_elem(&threads, &id);
	if (!thread || thread->depth == 0)
		return 0;
	struct call call = *call_at(thread, thread->depth - 1);
	if (call_stack(ctx) != call.stack + RETURN_POPS)
		return 0;
	thread->depth--;
	u64 bytes = moved_bytes(&call, call_result(ctx));
	if (bytes)
		plaintext(ctx, &call, bytes);
	return 0;
}

/* SSL_free: the address may be another session's soon. */
SEC("uprobe")
int openssl_free(struct call_registers *ctx)
{
	struct session_key key = {.ssl = call_arg0(ctx), .pid = bpf_get_current_pid_tgid() >> 32};
	struct session *session = bpf_map_lookup_elem(&sessions, &key);
	if (!session)
		return 0;
	if (session->held) {
		struct event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
		if (out) {
			head(out, EVENT_TLS_FREED, session->id);
			bpf_ringbuf_submit(out, wakeup());
		}
	}
	bpf_map_delete_elem(&sessions, &key);
	return 0;
}

/* A HelloRetryRequest has a constant for its random (RFC 8446 §4.1.3): it proves nothing. */
static __always_inline int is_retry(const u8 *record)
{
	return record[0] == 22 && record[5] == 2 && record[11] == 0xcf && record[12] == 0x21 && record[13] == 0xad &&
	       record[14] == 0x74;
}

/* BIO_write(bio, data, length) inside a call of a session whose connection is not proven yet. */
SEC("uprobe")
int openssl_bio_write(struct call_registers *ctx)
{
	struct call *call = call_in_progress();
	if (!call || call->sk || (s32)call_arg2(ctx) < PROOF_AT + PROOF_BYTES)
		return 0;
	struct session *session = session_of(call->ssl);
	if (!session || connection_of_session(session))
		return 0;
	u8 record[PROOF_AT + PROOF_BYTES];
	if (bpf_probe_read_user(record, sizeof record, (void *)call_arg1(ctx)))
		return 0;
	if (record[0] < 20 || record[0] > 23 || record[1] != 3 || is_retry(record))
		return 0;
	struct session_key key = {.ssl = call->ssl, .pid = bpf_get_current_pid_tgid() >> 32};
	struct proof proof;
	__builtin_memcpy(proof.bytes, record + PROOF_AT, PROOF_BYTES);
	bpf_map_update_elem(&proofs, &proof, &key, BPF_ANY);
	return 0;
}
