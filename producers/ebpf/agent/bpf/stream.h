/*
 * Bytes from a process's memory into the ring, in chunks: one buffer, the buffers of an iovec, or those of several
 * messages. What is too much for one run of a program is finished by tail calls.
 */
#pragma once
#include "connection.h"

/* Chunks that one run copies. 33 tail calls are allowed. */
enum { RUN_CHUNKS = 8, MORE_CHUNKS = 48 };
enum { USER_IOVEC = 16, USER_MESSAGE = 64, MESSAGE_VECTOR = 16, MESSAGE_COUNT = 24, MESSAGE_LENGTH = 56 };

/* `size` is at most `capacity`, a constant: the ring has records of constant size only. */
#define COPY_CHUNK(capacity)                                                                                           \
	do {                                                                                                           \
		struct event *out = crowded() ? NULL : bpf_ringbuf_reserve(&events, sizeof *out + (capacity), 0);      \
		if (!out) {                                                                                            \
			lose(loss, job->direction, size, WHY_RING);                                                    \
			return;                                                                                        \
		}                                                                                                      \
		u64 bounded = size;                                                                                    \
		asm volatile("" : "+r"(bounded));                                                                      \
		if (bounded > (capacity) || bpf_probe_read_user(out + 1, bounded, (void *)job->base)) {               \
			bpf_ringbuf_discard(out, BPF_RB_NO_WAKEUP);                                                    \
			lose(loss, job->direction, size, WHY_MEMORY);                                                  \
			return;                                                                                        \
		}                                                                                                      \
		head(out, EVENT_DATA, job->id);                                                                        \
		out->flags = job->flags;                                                                               \
		out->size = bounded;                                                                                   \
		tell(out, loss, job->direction);                                                                       \
		count(COUNT_BYTES, size);                                                                              \
		bpf_ringbuf_submit(out, wakeup());                                                                     \
	} while (0)

static __always_inline void copy_chunk(struct job *job, struct loss *loss, u32 size)
{
	if (size <= CHUNK_TINY)
		COPY_CHUNK(CHUNK_TINY);
	else if (size <= CHUNK_SMALL)
		COPY_CHUNK(CHUNK_SMALL);
	else if (size <= CHUNK_MEDIUM)
		COPY_CHUNK(CHUNK_MEDIUM);
	else
		COPY_CHUNK(CHUNK_LARGE);
}

/* Sets the job to a message's buffers; `bytes` of it were moved. */
static __always_inline void next_message(struct job *job, u64 bytes)
{
	job->left = bytes > settings.call_bytes ? settings.call_bytes : bytes;
	job->cut = bytes - job->left;
	job->length = 0;
}

/* The address of a struct msghdr in user memory. */
static __always_inline void take_vector(struct job *job, u64 header)
{
	job->vector = 0;
	job->count = 0;
	bpf_probe_read_user(&job->vector, 8, (void *)(header + MESSAGE_VECTOR));
	bpf_probe_read_user(&job->count, 8, (void *)(header + MESSAGE_COUNT));
}

/* One step: the next message, the next buffer, or a chunk. False when nothing is left. */
static __always_inline int step(struct job *job, struct loss *loss)
{
	if (job->left == 0) {
		if (job->cut)
			lose(loss, job->direction, job->cut, WHY_CUT);
		job->cut = 0;
		if (job->messages == 0)
			return 0;
		u32 bytes = 0;
		bpf_probe_read_user(&bytes, 4, (void *)(job->message + MESSAGE_LENGTH));
		take_vector(job, job->message);
		next_message(job, bytes);
		job->message += USER_MESSAGE;
		job->messages--;
		return 1;
	}
	if (job->length == 0) {
		struct {
			u64 base, length;
		} buffer = {};
		if (job->count == 0 || bpf_probe_read_user(&buffer, USER_IOVEC, (void *)job->vector)) {
			lose(loss, job->direction, job->left, WHY_MEMORY);
			job->left = 0;
			return 1;
		}
		job->vector += USER_IOVEC;
		job->count--;
		job->base = buffer.base;
		job->length = buffer.length < job->left ? buffer.length : job->left;
		if (job->length == 0)
			return 1;
	}
	u32 size = job->length < CHUNK_LARGE ? job->length : CHUNK_LARGE;
	copy_chunk(job, loss, size);
	job->base += size;
	job->length -= size;
	job->left -= size;
	return 1;
}

/* Counts the rest as lost: too many pieces for one call. */
static __always_inline void give_up(struct job *job, struct loss *loss)
{
	lose(loss, job->direction, job->left + job->cut, WHY_CUT);
	for (int i = 0; i < 64 && i < job->messages; i++) {
		u32 bytes = 0;
		bpf_probe_read_user(&bytes, 4, (void *)(job->message + i * USER_MESSAGE + MESSAGE_LENGTH));
		lose(loss, job->direction, bytes, WHY_CUT);
	}
}

/* The empty asm keeps the compiler from computing the result before the check, which the verifier forbids. */
static __always_inline struct loss *loss_of(struct job *job)
{
	if (job->ssl) {
		struct session_key key = {.ssl = job->ssl, .pid = bpf_get_current_pid_tgid() >> 32};
		struct session *session = bpf_map_lookup_elem(&sessions, &key);
		if (!session)
			return NULL;
		asm volatile("" : "+r"(session));
		return &session->loss;
	}
	struct connection *connection = bpf_map_lookup_elem(&connections, &job->sk);
	if (!connection || connection->id != job->id)
		return NULL;
	asm volatile("" : "+r"(connection));
	return &connection->loss;
}

/* True when all is copied or given up; false when the job needs another run. */
static __always_inline int run(struct job *job, struct loss *loss, int chunks)
{
	for (int i = 0; i < chunks; i++)
		if (!step(job, loss))
			return 1;
	return 0;
}
