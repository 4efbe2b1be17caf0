/* The state of the programs. Sizes marked "set by the loader" come from the command line. */
#pragma once
#include "kernel.h"
#include "events.h"

#define EXTERNAL __attribute__((visibility("default")))

/* Zeroed by the loader's page; volatile because the loader changes it while programs run. */
volatile struct settings settings EXTERNAL = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24); /* set by the loader */
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, u32);
	__type(value, u64);
} counters SEC(".maps");

/* By address of the struct sock: valid until `tcp_destroy_sock`. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536); /* set by the loader */
	__type(key, u64);
	__type(value, struct connection);
} connections SEC(".maps");

/* Verdicts (WANT_…) by process and by cgroup. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384); /* set by the loader */
	__type(key, u32);
	__type(value, u32);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u32);
} cgroups SEC(".maps");

/* 1: wanted, 0: not. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u16);
	__type(value, u32);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct network);
	__type(value, u32);
} peers SEC(".maps");

/* Bytes that a call has moved and that are to be copied. */
struct job {
	u64 id;
	u64 moved;	   /* by the call, as TCP counts */
	u64 left;	   /* of this message, still to come */
	u64 base, length;  /* of the current buffer */
	u64 vector, count; /* iovecs behind it */
	u64 message;	   /* next struct mmsghdr */
	u64 messages;	   /* how many */
	u64 cut;	   /* bytes beyond the limit of a call */
	u64 sk;
	u64 ssl; /* not 0: a session, not a connection, counts what is lost */
	u32 wanted;
	u32 direction;
	u32 flags;
	u32 form;
	s32 fd;
};

/*
 * The job of the programs at system calls, between their tail calls. They run with preemption disabled, and nothing else uses
 * it, so one for each CPU is enough. That what is read from it could be anything is also what keeps each program small enough
 * for the verifier.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct job);
} job_here SEC(".maps");

/* The jobs of programs in processes, which can be preempted: by thread, and only while they need more than one run. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct job);
} jobs SEC(".maps");

/* A TLS call in progress. */
struct call {
	u64 ssl;
	u64 stack; /* pointer at entry: nested calls and second probes on the same function are told apart by it */
	u64 buffer;
	u64 moved; /* where the number of bytes will be, for the _ex forms */
	/* The session's connection, if it is proven: `sk` is 0 otherwise. */
	u64 sk;
	u64 connection;
	s32 fd;
	u32 kind;
};

/*
 * Those of a thread, the innermost last. They nest: in a callback of one, a program may call for another session (Node.js
 * runs whole event handlers there).
 */
enum { NESTED = 4 };
struct thread {
	u32 depth;
	u32 zero;
	struct call calls[NESTED];
};

/* An entry stays when its calls are over: the thread will make the next one. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct thread);
} threads SEC(".maps");

/* A TLS session, and the connection once it is proven. */
struct session {
	u64 id;
	u64 sk;
	u64 connection;
	struct loss loss;
	s32 fd; /* with which the system call was made that proved it; -1 when it was none */
	u8 announced; /* the loader knows the connection */
	u8 held;      /* the loader holds plaintext for it */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536); /* set by the loader */
	__type(key, struct session_key);
	__type(value, struct session);
} sessions SEC(".maps");

/*
 * Bytes 5 to 36 of a TLS record that a session has handed to its BIO: type, length and random of the handshake, or
 * ciphertext. Whoever sends the same bytes sends this session's.
 */
enum { PROOF_AT = 5, PROOF_BYTES = 32 };
struct proof {
	u8 bytes[PROOF_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct proof);
	__type(value, struct session_key);
} proofs SEC(".maps");

struct file_key {
	u64 inode;
	u64 device;
};

/* Executable files that the loader was told of. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct file_key);
	__type(value, u32);
} files SEC(".maps");

static __always_inline void count(u32 which, u64 by)
{
	u64 *counter = bpf_map_lookup_elem(&counters, &which);
	if (counter)
		*counter += by;
}

/* The empty asm keeps the compiler from leaving out the bound, which the verifier wants to see. */
static __always_inline struct call *call_at(struct thread *thread, u32 depth)
{
	u64 index = depth;
	asm volatile("" : "+r"(index));
	return &thread->calls[index & (NESTED - 1)];
}

/* The innermost TLS call that the current thread is in, or NULL. */
static __always_inline struct call *call_in_progress(void)
{
	u64 id = bpf_get_current_pid_tgid();
	struct thread *thread = bpf_map_lookup_elem(&threads, &id);
	if (!thread || thread->depth == 0)
		return NULL;
	return call_at(thread, thread->depth - 1);
}
