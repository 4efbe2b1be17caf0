#include <time.h>

#include "agent.h"

static uint64_t epoch_us;

static uint64_t now(clockid_t clock)
{
	struct timespec at;
	clock_gettime(clock, &at);
	return at.tv_sec * 1000000000ull + at.tv_nsec;
}

uint64_t boottime_ns(void)
{
	return now(CLOCK_BOOTTIME);
}

/* Again every second: the wall clock is corrected while the boot clock goes on. */
void set_clock(void)
{
	epoch_us = (now(CLOCK_REALTIME) - boottime_ns()) / 1000;
}

uint64_t wall_us(uint64_t boot_ns)
{
	return epoch_us + boot_ns / 1000;
}
