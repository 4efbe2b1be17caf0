/* What the programs write into the ring, and what both sides keep in maps. Shared by the programs and the loader. */
#pragma once
#ifndef __bpf__
#include <linux/types.h>
#endif

/* Directions, as seen from the process. */
enum { RECEIVED = 0, SENT = 1 };

/* Why bytes are missing: the gap flags of PROTOCOL.md. */
enum {
	WHY_BEFORE = 1 << 0,
	WHY_RING = 1 << 1,
	WHY_CUT = 1 << 2,
	WHY_MEMORY = 1 << 3,
	WHY_HIDDEN = 1 << 4,
	WHY_UNSEEN = 1 << 5,
	WHY_TLS = 1 << 6,
};

/* Verdict on a process: which of its connections are wanted. */
enum { WANT_ACCEPTED = 1, WANT_CONNECTED = 2 };

enum { SIDE_ACCEPTED = 1, SIDE_CONNECTED = 2 };

enum event_type {
	EVENT_CONNECTION = 1,
	EVENT_DATA,
	EVENT_END,
	EVENT_CLOSE,
	/* A handshake was recognised on the wire: from here on nothing is taken until a probe proves whose plaintext it is. */
	EVENT_TLS_SEEN,
	/* It was none after all. */
	EVENT_TLS_NOT,
	/* The TLS session `other` belongs to the connection. */
	EVENT_TLS_PROVEN,
	EVENT_TLS_FREED,
	EVENT_TLS_UNWANTED,
	EVENT_PROCESS,
};

/* Of EVENT_DATA: `id` is a TLS session whose connection is not proven yet. */
enum { FLAG_SESSION = 1 << 0 };
/* Of EVENT_CLOSE. */
enum { FLAG_ABORTED = 1 << 0 };

/* `lost`: bytes of this direction that are missing before this event, and why. */
struct event {
	__u8 type;
	__u8 direction;
	__u16 flags;
	__u32 size; /* of the bytes of EVENT_DATA */
	__u64 time; /* CLOCK_BOOTTIME, ns */
	__u64 id;
	__u64 lost;
	__u32 why;
	__u32 pid;
};

struct connection_event {
	struct event event;
	__u64 socket; /* key of the connection's entry */
	__u64 cgroup;
	__u32 netns;
	__u32 tid;
	__u8 side;
	__u8 inferred;
	__u8 midstream;
	__u8 family;
	__u16 local_port;
	__u16 remote_port;
	__u8 local[16]; /* IPv4 as IPv4-mapped IPv6 */
	__u8 remote[16];
	__u64 offset[2];
	char comm[16];
};

struct end_event {
	struct event event;
	__u64 other; /* EVENT_CLOSE: lost bytes sent (`event.lost`: received). EVENT_TLS_PROVEN: the session */
	__u64 other_why;
};

enum process_what { PROCESS_EXEC = 1, PROCESS_FORK, PROCESS_EXIT, PROCESS_FILE, PROCESS_IO_URING, PROCESS_COMPAT };

struct process_event {
	struct event event; /* flags: process_what */
	__u64 cgroup;
	__u64 inode;
	__u32 device;
	__u32 parent;
	char comm[16];
};

/* Bytes that could not be handed out yet, told with the next event of the direction. */
struct loss {
	__u64 bytes[2];
	__u32 why[2];
};

/*
 * What a connection carries.
 *
 *   UNKNOWN ──first bytes──► PLAIN ◄──the answer is no TLS── PRESUMED
 *      │ ▲ PROXY header       │ │ ──handshake inside a TLS call─► │
 *      │ └─┘                  │                                   │
 *      └──────handshake─────────────────────────────────► PRESUMED
 *                             │ it sends a session's ciphertext   │
 *                             └────────────► PROVEN ◄─────────────┘
 *
 * Bytes of system calls are taken while UNKNOWN or PLAIN.
 */
enum mode { MODE_UNKNOWN, MODE_PLAIN, MODE_PRESUMED, MODE_PROVEN };

struct connection {
	__u64 id;
	struct loss loss;
	/* Ciphertext of a presumed handshake, missing if it was none. */
	__u64 skipped[2];
	/* The connection began at these offsets, for us. */
	__u64 offset[2];
	/* TCP sequence number of the next byte: what TCP counted beyond it went by unseen. */
	__u32 sequence[2];
	__u32 generation;
	__u32 pid;
	__u8 synced;
	__u8 allowed;
	__u8 side;
	__u8 inferred;
	/* It was not looked at from its first byte on: what went before is in TCP's counters. */
	__u8 late;
	__u8 midstream;
	__u8 mode;
	__u8 announced;
	/* The socket is gone, but the ring was full: the loader reads here how it ended, and takes the entry away. */
	__u8 gone;
	__u8 aborted;
	__u8 ended[2];
	/* The direction's first bytes were looked at. */
	__u8 looked[2];
};

/* Of a TLS session: its SSL *, and the process. */
struct session_key {
	__u64 ssl;
	__u64 pid;
};

/* Sizes of data events: the smallest that fits is reserved. */
enum { CHUNK_TINY = 512, CHUNK_SMALL = 2048, CHUNK_MEDIUM = 8192, CHUNK_LARGE = 16384 /* a TLS record */ };

/* Written by the loader before and while it runs. */
struct settings {
	__u32 verdict; /* of processes that nothing names */
	__u32 ports_denied; /* 1: ports that nothing names are not wanted */
	__u32 peers_denied;
	__u32 generation; /* rises when connections are to be judged again */
	__u32 waiting; /* 1: the loader sleeps until it is woken; 0: it looks by itself every few milliseconds */
	__u32 process_events;
	__u32 io_uring_setup; /* 1: having an io_uring is reported, because its requests cannot be seen */
	__u64 call_bytes;
	__u64 ring_bytes;
};

enum counter {
	COUNT_CONNECTIONS,
	COUNT_UNTRACKED,
	COUNT_BYTES,
	COUNT_RING_LOST,
	COUNT_CUT_LOST,
	COUNT_MEMORY_LOST,
	COUNT_HIDDEN,
	COUNT_UNSEEN,
	COUNT_CIPHERTEXT,
	COUNT_EVENTS,
	COUNT_EVENTS_LOST,
	COUNT_CALLS_LOST, /* TLS calls that found their table full */
	COUNTERS,
};

struct network {
	__u32 prefix;
	__u8 address[16];
};
