#include <getopt.h>
#include <stdlib.h>

#include "agent.h"

struct options options = {
	.ring_bytes = 16 << 20,
	.call_bytes = 4 << 20,
	.held_bytes = 16 << 20,
	.connections = 65536,
	.processes = 16384,
	.stats_ms = 10000,
};

/* A number from `least` to `most`; false when it is none. */
static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	char *end;
	*value = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && *value >= least && *value <= most;
}

bool read_options(int argc, char **argv)
{
	enum { RING = 1, CALL, HELD, CONNECTIONS, PROCESSES, STATS, EVENTS, NO_TLS, PERF, CHECK };
	static const struct option names[] = {
		{"ring-bytes", required_argument, NULL, RING},
		{"call-bytes", required_argument, NULL, CALL},
		{"held-bytes", required_argument, NULL, HELD},
		{"connections", required_argument, NULL, CONNECTIONS},
		{"processes", required_argument, NULL, PROCESSES},
		{"stats-ms", required_argument, NULL, STATS},
		{"process-events", no_argument, NULL, EVENTS},
		{"no-tls", no_argument, NULL, NO_TLS},
		{"perf-uprobes", no_argument, NULL, PERF},
		{"check", no_argument, NULL, CHECK},
		{0},
	};
	int name;
	uint64_t value = 0;
	while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
		bool ok = true;
		switch (name) {
		case RING:
			/* A record is up to 32 KiB; the kernel wants a power of two. */
			ok = number(optarg, 1 << 18, 1 << 30, &value) && (value & (value - 1)) == 0;
			options.ring_bytes = value;
			break;
		case CALL:
			ok = number(optarg, 1, 16 << 20, &value);
			options.call_bytes = value;
			break;
		case HELD:
			ok = number(optarg, 0, 1 << 30, &value);
			options.held_bytes = value;
			break;
		case CONNECTIONS:
			ok = number(optarg, 1, 1 << 22, &value);
			options.connections = value;
			break;
		case PROCESSES:
			ok = number(optarg, 1, 1 << 22, &value);
			options.processes = value;
			break;
		case STATS:
			ok = number(optarg, 10, 86400000, &value);
			options.stats_ms = value;
			break;
		case EVENTS:
			options.process_events = true;
			break;
		case NO_TLS:
			options.no_tls = true;
			break;
		case PERF:
			options.perf_uprobes = true;
			break;
		case CHECK:
			options.check = true;
			break;
		default:
			return false;
		}
		if (!ok) {
			fprintf(stderr, "tapwire-agent: %s is no valid value for --%s\n", optarg, names[name - 1].name);
			return false;
		}
	}
	if (optind == argc)
		return true;
	fprintf(stderr, "tapwire-agent: unexpected word %s\n", argv[optind]);
	return false;
}
