/*
 * From events of the programs to frames. Per connection: what its frames are called, and how far each direction is. The programs
 * say how many bytes are missing before an event, here they become gaps at their place.
 */
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

#define TLS_GRACE_NS 2000000000ull
enum { TLS_UNSEEN = 0, TLS_OPENSSL = 1 };

enum tls_state { TLS_NONE, TLS_WAITING, TLS_TOLD_UNSEEN, TLS_PROVEN_NOW };

struct connection_state {
	struct node node;
	struct connection_event opened;
	uint64_t id; /* in frames: another one each time that it is taken up again */
	uint64_t offset[2];
	uint64_t tls_seen;
	uint8_t ended[2];
	uint8_t tls;
	bool muted; /* by a verdict that changed */
};

static struct table connections;
static uint64_t last_id;

/* Connections whose handshake was seen, in that order: each is looked at once when its time has come. */
static struct waiting {
	struct waiting *next;
	uint64_t key;
	uint64_t since;
} *first_waiting, **last_waiting = &first_waiting;

size_t open_connections(void)
{
	return connections.size;
}

static struct frame frame_of(const struct connection_state *c, uint8_t type, const struct event *event)
{
	return (struct frame){.type = type, .direction = event->direction, .time = wall_us(event->time), .id = c->id};
}

/* IPv4-mapped addresses become IPv4. True when both are. */
static bool ipv4(const uint8_t a[16], const uint8_t b[16])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
	return memcmp(a, prefix, 12) == 0 && memcmp(b, prefix, 12) == 0;
}

static void put_connection(struct connection_state *c, uint64_t time, bool midstream)
{
	const struct connection_event *o = &c->opened;
	struct __attribute__((packed)) {
		uint32_t netns, pid, tid;
		uint8_t side, family;
		uint16_t zero;
		uint64_t cgroup, offset[2];
		uint16_t local_port, remote_port;
		uint32_t zeros;
		uint8_t local[16], remote[16];
		char comm[16];
	} body = {.netns = o->netns,
		  .pid = o->event.pid,
		  .tid = o->tid,
		  .side = o->side,
		  .family = 6,
		  .cgroup = o->cgroup,
		  .offset = {c->offset[0], c->offset[1]},
		  .local_port = o->local_port,
		  .remote_port = o->remote_port};
	memcpy(body.comm, o->comm, 16);
	if (ipv4(o->local, o->remote)) {
		body.family = 4;
		memcpy(body.local, o->local + 12, 4);
		memcpy(body.remote, o->remote + 12, 4);
	} else {
		memcpy(body.local, o->local, 16);
		memcpy(body.remote, o->remote, 16);
	}
	struct frame frame = {.type = FRAME_CONNECTION, .time = wall_us(time), .id = c->id = ++last_id};
	frame.flags = (midstream ? 1 : 0) | (o->inferred ? 2 : 0);
	put_frame(&frame, &body, sizeof body, NULL, 0);
}

static void put_gap(struct connection_state *c, const struct event *event, uint8_t direction, uint64_t lost, uint32_t why)
{
	if (!lost)
		return;
	uint64_t body[2] = {c->offset[direction], lost};
	struct frame frame = frame_of(c, FRAME_GAP, event);
	frame.direction = direction;
	frame.flags = why;
	c->offset[direction] += lost;
	if (!c->muted)
		put_frame(&frame, body, sizeof body, NULL, 0);
}

static void put_tls(struct connection_state *c, uint8_t kind, bool midstream, uint64_t time)
{
	struct __attribute__((packed)) {
		uint64_t offset[2];
		uint8_t kind;
	} body = {{c->offset[0], c->offset[1]}, kind};
	struct frame frame = {.type = FRAME_TLS, .flags = midstream, .time = wall_us(time), .id = c->id};
	if (!c->muted)
		put_frame(&frame, &body, sizeof body, NULL, 0);
}

void put_plaintext(struct connection_state *c, const struct event *event, const void *bytes)
{
	put_gap(c, event, event->direction, event->lost, event->why);
	struct frame frame = frame_of(c, FRAME_DATA, event);
	uint64_t offset = c->offset[event->direction];
	c->offset[event->direction] += event->size;
	if (!c->muted)
		put_frame(&frame, &offset, sizeof offset, bytes, event->size);
}

static void on_connection(const struct connection_event *event)
{
	struct connection_state *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	c->opened = *event;
	memcpy(c->offset, event->offset, sizeof c->offset);
	table_add(&connections, &c->node, event->event.id);
	put_connection(c, event->event.time, event->midstream);
}

static void on_end(struct connection_state *c, const struct event *event)
{
	uint8_t direction = event->direction;
	put_gap(c, event, direction, event->lost, event->why);
	if (c->ended[direction]++ || c->muted)
		return;
	struct frame frame = frame_of(c, FRAME_END, event);
	put_frame(&frame, &c->offset[direction], sizeof(uint64_t), NULL, 0);
}

/*
 * Nobody sees into its TLS: once for the connection, once for the process. Not for the process while libraries are still
 * being attached: its own may have been among them.
 */
static void give_up_tls(struct connection_state *c, uint64_t time)
{
	if (c->tls != TLS_WAITING)
		return;
	c->tls = TLS_TOLD_UNSEEN;
	put_tls(c, TLS_UNSEEN, false, time);
	if (options.no_tls || c->tls_seen > last_probed() + TLS_GRACE_NS)
		report_unseen(c->opened.event.pid, c->opened.comm, "tls-unknown", "no probe sees the plaintext of its TLS");
}

static void put_close(struct connection_state *c, uint64_t time, bool aborted)
{
	struct frame frame = {.type = FRAME_CLOSE, .flags = aborted, .time = wall_us(time), .id = c->id};
	if (!c->muted)
		put_frame(&frame, c->offset, sizeof c->offset, NULL, 0);
}

static void on_close(struct connection_state *c, const struct end_event *event)
{
	give_up_tls(c, event->event.time);
	put_gap(c, &event->event, RECEIVED, event->event.lost, event->event.why);
	put_gap(c, &event->event, SENT, event->other, event->other_why);
	put_close(c, event->event.time, event->event.flags & FLAG_ABORTED);
	free(table_remove(&connections, c->node.key));
}

static void on_tls_seen(struct connection_state *c, const struct event *event)
{
	if (c->tls != TLS_NONE)
		return;
	c->tls = TLS_WAITING;
	c->tls_seen = event->time;
	struct waiting *waiting = malloc(sizeof *waiting);
	if (!waiting)
		abort();
	*waiting = (struct waiting){.key = c->node.key, .since = event->time};
	*last_waiting = waiting;
	last_waiting = &waiting->next;
}

static void on_proven(struct connection_state *c, const struct end_event *event)
{
	bool first = c->tls != TLS_PROVEN_NOW;
	c->tls = TLS_PROVEN_NOW;
	if (first)
		put_tls(c, TLS_OPENSSL, c->opened.midstream, event->event.time);
	release_held(event->other, c);
}

/* Its verdict turned to yes again: a new connection for who reads the frames. */
static void unmute(struct connection_state *c, const struct event *event)
{
	c->muted = false;
	c->offset[event->direction] += event->lost;
	put_connection(c, event->time, true);
	if (c->tls == TLS_PROVEN_NOW)
		put_tls(c, TLS_OPENSSL, true, event->time);
}

static bool wanted(const struct connection_state *c)
{
	const struct connection_event *o = &c->opened;
	uint16_t server = o->side == SIDE_ACCEPTED ? o->local_port : o->remote_port;
	return connection_allowed(verdict_of(o->event.pid, o->cgroup), o->side, server, o->remote);
}

void judge_connections(void)
{
	for (size_t i = 0; i < sizeof connections.buckets / sizeof *connections.buckets; i++)
		for (struct node *node = connections.buckets[i]; node; node = node->next) {
			struct connection_state *c = (void *)node;
			if (c->muted || wanted(c))
				continue;
			put_close(c, boottime_ns(), false);
			c->muted = true;
		}
}

void on_event(const void *data, size_t size)
{
	const struct event *event = data;
	if (size < sizeof *event)
		return;
	if (event->type == EVENT_PROCESS)
		return on_process(data);
	if (event->type == EVENT_TLS_FREED)
		return drop_held(event->id);
	if (event->type == EVENT_TLS_UNWANTED)
		return forget_held(event->id);
	if (event->type == EVENT_DATA && (event->flags & FLAG_SESSION))
		return hold(event, event + 1);
	if (event->type == EVENT_CONNECTION)
		return on_connection(data);
	struct connection_state *c = table_find(&connections, event->id);
	if (!c)
		return;
	if (c->muted && event->type == EVENT_DATA && wanted(c))
		unmute(c, event);
	switch (event->type) {
	case EVENT_DATA:
		return put_plaintext(c, event, event + 1);
	case EVENT_END:
		return on_end(c, event);
	case EVENT_CLOSE:
		return on_close(c, data);
	case EVENT_TLS_SEEN:
		return on_tls_seen(c, event);
	case EVENT_TLS_NOT:
		c->tls = TLS_NONE;
		return;
	case EVENT_TLS_PROVEN:
		return on_proven(c, data);
	}
}

/* The close event of a connection may have found the ring full. */
static void sweep(void)
{
	int fd = map_fd("connections");
	struct connection kept;
	for (size_t i = 0; i < sizeof connections.buckets / sizeof *connections.buckets; i++)
		for (struct node *node = connections.buckets[i], *next; node; node = next) {
			struct connection_state *c = (void *)node;
			struct end_event event = {.event = {.type = EVENT_CLOSE, .time = boottime_ns(), .flags = FLAG_ABORTED}};
			next = node->next;
			bool there = bpf_map_lookup_elem(fd, &c->opened.socket, &kept) == 0 && kept.id == node->key;
			if (there && !kept.gone)
				continue;
			if (there) {
				event.event.flags = kept.aborted;
				event.event.lost = kept.loss.bytes[RECEIVED];
				event.event.why = kept.loss.why[RECEIVED];
				event.other = kept.loss.bytes[SENT];
				event.other_why = kept.loss.why[SENT];
				bpf_map_delete_elem(fd, &c->opened.socket);
			}
			on_close(c, &event);
		}
}

void connections_tick(void)
{
	static uint64_t swept_at;
	uint64_t lost = counter(COUNT_EVENTS_LOST), now = boottime_ns();
	while (first_waiting && first_waiting->since + TLS_GRACE_NS < now) {
		struct waiting *due = first_waiting;
		struct connection_state *c = table_find(&connections, due->key);
		if (c)
			give_up_tls(c, now);
		first_waiting = due->next;
		if (!first_waiting)
			last_waiting = &first_waiting;
		free(due);
	}
	if (lost != swept_at)
		sweep();
	swept_at = lost;
}
