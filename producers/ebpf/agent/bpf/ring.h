/* Events into the ring: reserving, waking the loader, and the bytes that found no room. */
#pragma once
#include "maps.h"

/*
 * The loader looks by itself every few milliseconds while there is traffic, so the workload pays for no wake-up: only when the
 * loader sleeps, or when a quarter of the ring is full.
 */
static __always_inline u64 wakeup(void)
{
	if (settings.waiting)
		return BPF_RB_FORCE_WAKEUP;
	if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) * 4 > settings.ring_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

/*
 * Data may not fill the last sixteenth of the ring: there is room for what becomes of connections even when bytes are being
 * lost.
 */
static __always_inline int crowded(void)
{
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > settings.ring_bytes / 16 * 15;
}

static __always_inline void head(struct event *event, u8 type, u64 id)
{
	event->type = type;
	event->direction = 0;
	event->flags = 0;
	event->size = 0;
	event->time = bpf_ktime_get_boot_ns();
	event->id = id;
	event->lost = 0;
	event->why = 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
}

static __always_inline void lose(struct loss *loss, u32 direction, u64 bytes, u32 why)
{
	u32 which = why == WHY_RING	? COUNT_RING_LOST
		    : why == WHY_CUT	? COUNT_CUT_LOST
		    : why == WHY_MEMORY ? COUNT_MEMORY_LOST
		    : why == WHY_UNSEEN ? COUNT_UNSEEN
					: COUNT_HIDDEN;
	if (direction == RECEIVED) {
		loss->bytes[RECEIVED] += bytes;
		loss->why[RECEIVED] |= why;
	} else {
		loss->bytes[SENT] += bytes;
		loss->why[SENT] |= why;
	}
	count(which, bytes);
}

/* Moves what is lost of a direction into an event that will certainly be seen. */
static __always_inline void tell(struct event *event, struct loss *loss, u32 direction)
{
	if (direction == RECEIVED) {
		event->lost = loss->bytes[RECEIVED];
		event->why = loss->why[RECEIVED];
		loss->bytes[RECEIVED] = 0;
		loss->why[RECEIVED] = 0;
	} else {
		event->lost = loss->bytes[SENT];
		event->why = loss->why[SENT];
		loss->bytes[SENT] = 0;
		loss->why[SENT] = 0;
	}
	event->direction = direction;
}
