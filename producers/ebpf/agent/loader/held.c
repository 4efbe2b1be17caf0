#include <stdlib.h>
#include <string.h>

#include "agent.h"

enum { HOLD_NS = 30000000000ll };

/* One piece of plaintext. */
struct piece {
	struct piece *next;
	struct event event; /* its bytes follow */
};

struct held {
	struct node node;
	struct held *newer, *older; /* all of them, by when they were begun */
	struct piece *first, **last;
	uint64_t since;
	pid_t pid;
	uint64_t dropped[2];
};

static struct table sessions;
static struct held *newest, *oldest;
static uint64_t bytes_held, bytes_dropped;

uint64_t held_bytes(void)
{
	return bytes_held;
}

uint64_t dropped_held_bytes(void)
{
	return bytes_dropped;
}

static struct held *begin(const struct event *event)
{
	struct held *held = calloc(1, sizeof *held);
	if (!held)
		abort();
	held->last = &held->first;
	held->since = event->time;
	held->pid = event->pid;
	held->older = newest;
	if (newest)
		newest->newer = held;
	else
		oldest = held;
	newest = held;
	table_add(&sessions, &held->node, event->id);
	return held;
}

void hold(const struct event *event, const void *bytes)
{
	struct held *held = table_find(&sessions, event->id);
	if (!held)
		held = begin(event);
	if (bytes_held + event->size > options.held_bytes) {
		held->dropped[event->direction] += event->size + event->lost;
		bytes_dropped += event->size;
		return;
	}
	struct piece *piece = malloc(sizeof *piece + event->size);
	if (!piece)
		abort();
	piece->next = NULL;
	piece->event = *event;
	piece->event.lost += held->dropped[event->direction];
	if (held->dropped[event->direction])
		piece->event.why |= WHY_TLS;
	held->dropped[event->direction] = 0;
	memcpy(piece + 1, bytes, event->size);
	*held->last = piece;
	held->last = &piece->next;
	bytes_held += event->size;
}

static void finish(struct held *held, struct connection_state *connection)
{
	while (held->first) {
		struct piece *piece = held->first;
		held->first = piece->next;
		bytes_held -= piece->event.size;
		if (connection)
			put_plaintext(connection, &piece->event, piece + 1);
		free(piece);
	}
	*(held->newer ? &held->newer->older : &newest) = held->older;
	*(held->older ? &held->older->newer : &oldest) = held->newer;
	table_remove(&sessions, held->node.key);
	free(held);
}

void release_held(uint64_t session, struct connection_state *connection)
{
	struct held *held = table_find(&sessions, session);
	if (!held)
		return;
	/* Dropped behind the last piece: a gap without data. */
	for (int direction = RECEIVED; direction <= SENT; direction++) {
		struct event gap = {.time = boottime_ns(), .direction = direction, .lost = held->dropped[direction], .why = WHY_TLS};
		if (!gap.lost)
			continue;
		struct piece *piece = malloc(sizeof *piece);
		if (!piece)
			abort();
		*piece = (struct piece){.event = gap};
		*held->last = piece;
		held->last = &piece->next;
	}
	finish(held, connection);
}

void drop_held(uint64_t session)
{
	struct held *held = table_find(&sessions, session);
	if (!held)
		return;
	report_unseen(held->pid, "", "tls-unattributed", "its TLS plaintext could not be proven to belong to a socket");
	for (const struct piece *piece = held->first; piece; piece = piece->next)
		bytes_dropped += piece->event.size;
	finish(held, NULL);
}

void forget_held(uint64_t session)
{
	struct held *held = table_find(&sessions, session);
	if (held)
		finish(held, NULL);
}

void forget_held_of(pid_t pid)
{
	for (struct held *held = oldest, *newer; held; held = newer) {
		newer = held->newer;
		if (held->pid == pid)
			finish(held, NULL);
	}
}

void held_tick(void)
{
	uint64_t now = boottime_ns();
	while (oldest && oldest->since + HOLD_NS < now)
		drop_held(oldest->node.key);
}
