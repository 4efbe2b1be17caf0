/*
 * Bytes that system calls move on TCP sockets. One program at the return of every system call: the arguments are still in the
 * saved registers there, and only then it is known how many bytes were moved.
 */
#pragma once
#include "../carry.h"
#include "../process.h"
#include "../stream.h"

enum { MSG_OOB = 0x1, MSG_PEEK = 0x2, MSG_TRUNC = 0x20, MSG_ERRQUEUE = 0x2000, EINPROGRESS = 115 };

/* Where the bytes of a call are. */
enum form { FORM_BUFFER, FORM_VECTOR, FORM_MESSAGE, FORM_MESSAGES, FORM_HIDDEN };

/* exit → take → (look) → more, more, … */
enum { PROGRAM_TAKE, PROGRAM_LOOK, PROGRAM_MORE, PROGRAMS };

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, PROGRAMS);
	__type(key, u32);
	__type(value, u32);
} syscall_programs SEC(".maps");

static __always_inline struct job *this_job(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&job_here, &zero);
}

static __always_inline struct connection *connection_of_job(struct job *job)
{
	struct connection *connection = bpf_map_lookup_elem(&connections, &job->sk);
	return connection && connection->id == job->id ? connection : NULL;
}

/* All bytes of all messages of recvmmsg and sendmmsg, as far as they can be added up here. */
static __always_inline u64 sum_messages(u64 at, u64 messages)
{
	u64 sum = 0;
	for (int i = 0; i < 64 && i < messages; i++) {
		u32 bytes = 0;
		bpf_probe_read_user(&bytes, 4, (void *)(at + i * USER_MESSAGE + MESSAGE_LENGTH));
		sum += bytes;
	}
	return sum;
}

/* The first buffer of a job that is not empty shows what the bytes are. */
struct buffer {
	u64 base, length;
};

static __always_inline void first_buffer(struct job *job, struct buffer *buffer)
{
	buffer->base = job->base;
	buffer->length = job->length;
	for (int i = 0; i < 4 && buffer->length == 0 && i < job->count; i++)
		if (bpf_probe_read_user(buffer, USER_IOVEC, (void *)(job->vector + i * USER_IOVEC)))
			return;
	if (buffer->length > job->moved)
		buffer->length = job->moved;
}

/* Fixes how much of the job is copied, and announces the connection. False when nothing is to be copied. */
static __always_inline int begin(struct job *job, struct connection *connection, u64 plain)
{
	if (plain == 0)
		return 0;
	if (!announce(connection, (struct sock *)job->sk)) {
		lose(&connection->loss, job->direction, plain, WHY_RING);
		return 0;
	}
	if (job->form == FORM_MESSAGES && plain == job->moved) {
		job->left = 0;
		job->cut = 0;
		return 1;
	}
	job->messages = 0;
	job->left = plain > settings.call_bytes ? settings.call_bytes : plain;
	job->cut = plain - job->left;
	if (job->length > job->left)
		job->length = job->left;
	return 1;
}

SEC("raw_tp/sys_exit")
int syscalls_more(struct bpf_raw_tracepoint_args *ctx)
{
	struct job *job = this_job();
	struct loss *loss = job ? loss_of(job) : NULL;
	if (!loss || run(job, loss, MORE_CHUNKS))
		return 0;
	bpf_tail_call(ctx, &syscall_programs, PROGRAM_MORE);
	give_up(job, loss);
	return 0;
}

SEC("raw_tp/sys_exit")
int syscalls_look(struct bpf_raw_tracepoint_args *ctx)
{
	struct job *job = this_job();
	struct connection *connection = job ? connection_of_job(job) : NULL;
	if (!connection)
		return 0;
	struct buffer buffer;
	u64 count = job->count;
	first_buffer(job, &buffer);
	u64 plain = look(connection, (struct sock *)job->sk, job, buffer.base, buffer.length);
	job->count = count;
	if (begin(job, connection, plain))
		bpf_tail_call(ctx, &syscall_programs, PROGRAM_MORE);
	return 0;
}

/* Bytes that went past the process's memory. */
static __always_inline void hidden(struct job *job, struct connection *connection)
{
	if (connection->mode == MODE_PROVEN || call_in_progress())
		return; /* SSL_sendfile says how much plaintext it was */
	connection->mode = MODE_PLAIN;
	lose(&connection->loss, job->direction, job->moved, WHY_HIDDEN);
	announce(connection, (struct sock *)job->sk);
}

SEC("raw_tp/sys_exit")
int syscalls_take(struct bpf_raw_tracepoint_args *ctx)
{
	struct job *job = this_job();
	if (!job)
		return 0;
	struct sock *sk = (struct sock *)job->sk;
	struct connection *connection = connection_of(sk, job->wanted, 0);
	if (!connection)
		return 0;
	job->id = connection->id;
	if (!connection->allowed && (connection->mode == MODE_PROVEN || job->direction == RECEIVED || job->form == FORM_HIDDEN))
		return 0;
	if (job->form == FORM_MESSAGES) {
		job->moved = sum_messages(job->message, job->messages);
		take_vector(job, job->message);
	} else if (job->form == FORM_MESSAGE) {
		take_vector(job, job->message);
	}
	if (connection->mode == MODE_PROVEN) {
		skip(connection, job->direction, job->moved);
		return 0;
	}
	if (connection->allowed)
		advance(connection, sk, job->direction, job->moved);
	if (job->form == FORM_HIDDEN) {
		hidden(job, connection);
		return 0;
	}
	struct buffer buffer;
	first_buffer(job, &buffer);
	if (!connection->allowed) {
		prove_unwanted(connection, job, buffer.base, buffer.length);
		return 0;
	}
	switch (take(connection, job, buffer.base, buffer.length)) {
	case TAKE_NONE:
		return 0;
	case LOOK:
		bpf_tail_call(ctx, &syscall_programs, PROGRAM_LOOK);
		return 0;
	case TAKE_ALL:
		break;
	}
	if (!begin(job, connection, job->moved) || run(job, &connection->loss, RUN_CHUNKS))
		return 0;
	bpf_tail_call(ctx, &syscall_programs, PROGRAM_MORE);
	give_up(job, &connection->loss);
	return 0;
}

static __always_inline void ended(struct sock *sk)
{
	u64 key = (u64)sk;
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection || !connection->announced || connection->ended[RECEIVED])
		return;
	struct event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return;
	}
	head(out, EVENT_END, connection->id);
	tell(out, &connection->loss, RECEIVED);
	connection->ended[RECEIVED] = 1;
	bpf_ringbuf_submit(out, wakeup());
}

/*
 * True when these are bytes of a session whose connection is proven, by its descriptor: the most frequent case, for which the
 * socket need not be looked up. A descriptor that means another socket by now has closed the connection.
 */
static __always_inline int inside_tls(int fd, u32 direction, u64 bytes)
{
	struct call *call = call_in_progress();
	if (!call || !call->sk || call->fd != fd)
		return 0;
	struct connection *connection = bpf_map_lookup_elem(&connections, &call->sk);
	if (!connection || connection->id != call->connection || connection->generation != settings.generation)
		return 0;
	skip(connection, direction, bytes);
	return 1;
}

SEC("raw_tp/sys_exit")
int syscalls_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (void *)ctx->args[0];
	s64 result = ctx->args[1];
	if (result < 0 && result != -EINPROGRESS)
		return 0;
	s64 number = syscall_number(regs);
	u32 direction = RECEIVED, form = FORM_BUFFER;
	u32 flags_at = 0; /* which argument has MSG_ flags */
	int accepted = 0, connected = 0;

	switch (number) {
	case NR_read:
		break;
	case NR_write:
		direction = SENT;
		break;
	case NR_readv:
	case NR_preadv2:
		form = FORM_VECTOR;
		break;
	case NR_writev:
	case NR_pwritev2:
		direction = SENT;
		form = FORM_VECTOR;
		break;
	case NR_recvfrom:
		flags_at = 3;
		break;
	case NR_sendto:
		direction = SENT;
		flags_at = 3;
		break;
	case NR_recvmsg:
		form = FORM_MESSAGE;
		flags_at = 2;
		break;
	case NR_sendmsg:
		direction = SENT;
		form = FORM_MESSAGE;
		flags_at = 2;
		break;
	case NR_recvmmsg:
		form = FORM_MESSAGES;
		flags_at = 3;
		break;
	case NR_sendmmsg:
		direction = SENT;
		form = FORM_MESSAGES;
		flags_at = 3;
		break;
	case NR_sendfile:
		direction = SENT;
		form = FORM_HIDDEN;
		break;
	case NR_splice:
		form = FORM_HIDDEN;
		break;
	case NR_accept:
	case NR_accept4:
		accepted = 1;
		break;
	case NR_connect:
		connected = 1;
		if (result == -EINPROGRESS)
			result = 0;
		break;
	case NR_mmap:
		break;
	case NR_io_uring_setup:
		if (!settings.io_uring_setup)
			return 0;
		break;
	default:
		return 0;
	}
	if (result < 0)
		return 0;
	u32 wanted = verdict();
	if (!wanted)
		return 0;
	if (is_compat((struct task_struct *)bpf_get_current_task())) {
		tell_once(PROCESS_COMPAT);
		return 0;
	}
	if (number == NR_mmap) {
		mapped_file(regs);
		return 0;
	}
	if (number == NR_io_uring_setup) {
		tell_once(PROCESS_IO_URING);
		return 0;
	}

	int fd = accepted ? result : syscall_arg0(regs);
	if (result > 0 && !accepted && inside_tls(fd, direction, result))
		return 0;
	struct sock *sk = tcp_socket(fd);
	if (accepted || connected) {
		if (sk && (!connected || BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_CLOSE))
			connection_of(sk, wanted, accepted ? SIDE_ACCEPTED : SIDE_CONNECTED);
		return 0;
	}
	if (!sk && number == NR_splice) {
		sk = tcp_socket(syscall_arg2(regs));
		direction = SENT;
	}
	if (!sk)
		return 0;
	u32 flags = flags_at == 3 ? syscall_arg3(regs) : flags_at == 2 ? syscall_arg2(regs) : 0;
	if (direction == RECEIVED && (flags & (MSG_PEEK | MSG_ERRQUEUE | MSG_OOB)))
		return 0;
	if (result == 0) {
		if (direction == RECEIVED && form != FORM_MESSAGES && form != FORM_HIDDEN)
			if (BPF_CORE_READ(sk, sk_shutdown) & 1)
				ended(sk);
		return 0;
	}
	if (direction == RECEIVED && (flags & MSG_TRUNC))
		form = FORM_HIDDEN;

	struct job *job = this_job();
	if (!job)
		return 0;
	__builtin_memset(job, 0, sizeof *job);
	job->sk = (u64)sk;
	job->wanted = wanted;
	job->direction = direction;
	job->form = form;
	job->moved = result;
	job->fd = fd;
	u64 at = syscall_arg1(regs);
	if (form == FORM_BUFFER) {
		job->base = at;
		job->length = result;
	} else if (form == FORM_VECTOR) {
		job->vector = at;
		job->count = syscall_arg2(regs);
	} else {
		job->message = at;
		job->messages = form == FORM_MESSAGES ? result : 0;
	}
	bpf_tail_call(ctx, &syscall_programs, PROGRAM_TAKE);
	return 0;
}
