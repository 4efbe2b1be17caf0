/* What the parts of the loader know of each other. One process, one thread: plain calls, no locks. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "../bpf/events.h"

#define AGENT_VERSION "0.1.0"

/* options.c: the command line. */
struct options {
	uint64_t ring_bytes, call_bytes, held_bytes;
	uint32_t connections, processes, stats_ms;
	bool process_events, no_tls, perf_uprobes, check;
};
extern struct options options;
bool read_options(int argc, char **argv);

/* clock.c */
uint64_t boottime_ns(void);
/* Microseconds since 1970 of a CLOCK_BOOTTIME time. */
uint64_t wall_us(uint64_t boot_ns);
void set_clock(void);

/* output.c: frames to standard output, which never blocks. */
enum frame_type {
	FRAME_HELLO = 1,
	FRAME_CONNECTION,
	FRAME_DATA,
	FRAME_GAP,
	FRAME_END,
	FRAME_CLOSE,
	FRAME_TLS,
	FRAME_PROCESS,
	FRAME_STATS,
	FRAME_LOG,
	FRAME_DONE,
};
struct __attribute__((packed)) frame {
	uint8_t type, direction;
	uint16_t flags;
	uint64_t time, id;
};
void put_frame(const struct frame *frame, const void *head, size_t head_size, const void *body, size_t body_size);
/* The body is text as printf makes it; strings in it come from `quoted`. */
void put_json(uint8_t type, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A JSON string with its quotes, in one of eight buffers used in turn. */
const char *quoted(const char *text);
void log_line(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t output_pending(void);
/* False when nobody reads any more. */
bool flush_output(void);
/* Waits until all is written or `ms` have passed. */
void drain_output(int ms);
/* Above this, the ring is not read: what comes then is lost in the kernel, counted, and the workload goes on. */
enum { OUTPUT_LIMIT = 4 << 20 };

/* rights.c */
/* Says what is missing, and how to get it, in a `fatal` log frame. */
bool rights_suffice(void);
void drop_rights(void);
const char *rights_json(void);

/* programs.c: the BPF object. */
bool load_programs(void);
bool attach_programs(void);
/* Detaches everything. */
void unload_programs(void);
int map_fd(const char *name);
struct bpf_program *program(const char *name);
struct settings *settings_page(void);
uint64_t counter(enum counter which);

/* connections.c: events to frames. Returns nothing: what cannot be handed out is counted. */
void on_event(const void *event, size_t size);
/* Once a second. */
void connections_tick(void);
/* Judges all open connections again. */
void judge_connections(void);
size_t open_connections(void);
/* What a session's plaintext becomes, called by held.c in order. */
struct connection_state;
void put_plaintext(struct connection_state *connection, const struct event *event, const void *bytes);

/* held.c: plaintext of sessions whose connection is not proven yet. */
void hold(const struct event *event, const void *bytes);
/* Hands it out, now that it is known whose it is. */
void release_held(uint64_t session, struct connection_state *connection);
/* Nobody will ever know whose it was. */
void drop_held(uint64_t session);
/* Nobody wants it: of one session, or of a process that is not wanted any more. */
void forget_held(uint64_t session);
void forget_held_of(pid_t pid);
void held_tick(void);
uint64_t held_bytes(void), dropped_held_bytes(void);

/* verdicts.c: the same rules as bpf/verdict.h, for what is asked outside of the process. */
uint32_t verdict_of(pid_t pid, uint64_t cgroup);
bool connection_allowed(uint32_t wanted, uint8_t side, uint16_t server_port, const uint8_t peer[16]);

/* control.c: lines from standard input. False at its end and after `stop`. */
bool read_control(void);

/* processes.c */
/* The cgroup v2 id, 0 when it cannot be found out. */
uint64_t cgroup_of(pid_t pid);
void on_process(const struct process_event *event);
/* Looks for TLS libraries in one process, or in all that are wanted. */
void scan_process(pid_t pid);
void scan_processes(void);
/* Once per process and reason. `known_comm`: what it was called, should it be gone. */
void report_unseen(pid_t pid, const char *known_comm, const char *reason, const char *text);
/* When a library was last attached, CLOCK_BOOTTIME, ns. */
uint64_t last_probed(void);
void report_stats(void);
/* Once a second. */
void processes_tick(void);

/* symbols.c: addresses of functions in an ELF file. */
struct symbol {
	const char *name;
	uint64_t offset; /* in the file; 0: not there */
	uint64_t size;
};
/* A file in memory, and where its code is. */
struct image {
	const uint8_t *bytes;
	size_t size;
	uint64_t text_begin, text_end;
};
/* False when it is no ELF file of this machine. Otherwise the offsets are filled in, and the image is to be closed. */
bool open_image(const char *path, struct symbol *symbols, size_t count, struct image *image);
void close_image(struct image *image);

/* placing.c: where probes cost least. */
/* A place in the function at `offset` at which the arguments are still in their registers, and with `at_entry` the stack as it was. */
bool cheap_place(const struct image *image, uint64_t offset, bool at_entry, uint64_t *place);
/* The one function of the file that both call directly; 0 when there is none, or more than one. */
uint64_t shared_callee(const struct image *image, const struct symbol *one, const struct symbol *other);

/* openssl.c: probes on the functions of one file. */
enum probed { PROBED_NOT, PROBED_TLS, PROBED_CRYPTO, PROBED_FAILED };
enum probed probe_openssl(const char *path, char *why, size_t why_size);

/* probes.c */
struct bpf_program;
bool multi_probes(void);
void prepare_probe(struct bpf_program *program);
/* Attaches a program to functions of a file, by their offsets in it. False with the reason in `why`. */
bool attach_functions(const char *program, const char *path, const uint64_t *offsets, size_t count, bool at_return, char *why,
		      size_t why_size);
void detach_functions(void);
extern uint32_t probes_attached, probes_failed;

/* table.c: values by number. */
struct table {
	struct node *buckets[65536];
	size_t size;
};
struct node {
	struct node *next;
	uint64_t key;
};
void *table_find(const struct table *table, uint64_t key);
/* The node is the beginning of a struct that the caller has allocated. */
void table_add(struct table *table, struct node *node, uint64_t key);
/* Takes it out; the caller frees it. */
void *table_remove(struct table *table, uint64_t key);
