#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

enum { LINE = 4096, CLEAR = -1, WRONG = -2 };

static int wants(const char *word)
{
	static const char *const words[] = {"none", "in", "out", "both"};
	for (int i = 0; i < 4; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return strcmp(word, "clear") == 0 ? CLEAR : WRONG;
}

static int allows(const char *word)
{
	if (strcmp(word, "clear") == 0)
		return CLEAR;
	return strcmp(word, "allow") == 0 ? 1 : strcmp(word, "deny") == 0 ? 0 : WRONG;
}

/* Puts a verdict into a map, or takes it out. */
static bool put(const char *map, const void *key, int verdict)
{
	uint32_t value = verdict;
	if (verdict == WRONG)
		return false;
	if (verdict == CLEAR)
		return bpf_map_delete_elem(map_fd(map), key) == 0 || errno == ENOENT;
	return bpf_map_update_elem(map_fd(map), key, &value, BPF_ANY) == 0;
}

static bool number(const char *word, uint64_t most, uint64_t *value)
{
	char *end;
	errno = 0;
	*value = strtoull(word, &end, 10);
	return *word >= '0' && *word <= '9' && !*end && !errno && *value <= most;
}

/* `10.0.0.0/8` or `fd00::/8` */
static bool network_of(char *word, struct network *network)
{
	char *slash = strchr(word, '/');
	uint64_t bits;
	bool ok;
	if (!slash)
		return false;
	*slash = 0;
	memset(network, 0, sizeof *network);
	if (strchr(word, ':')) {
		ok = inet_pton(AF_INET6, word, network->address) == 1 && number(slash + 1, 128, &bits);
	} else {
		network->address[10] = network->address[11] = 0xff;
		ok = inet_pton(AF_INET, word, network->address + 12) == 1 && number(slash + 1, 32, &bits);
		bits += 96;
	}
	*slash = '/';
	network->prefix = ok ? bits : 0;
	return ok;
}

/* Words of one setting. False when they are not understood. */
static bool set(char **words, int count)
{
	struct settings *settings = settings_page();
	uint64_t value;
	struct network network;
	int verdict;
	if (count == 2 && strcmp(words[0], "default") == 0) {
		if ((verdict = wants(words[1])) < 0)
			return false;
		settings->verdict = verdict;
		return true;
	}
	if (count == 2 && (strcmp(words[0], "port-default") == 0 || strcmp(words[0], "cidr-default") == 0)) {
		if ((verdict = allows(words[1])) < 0)
			return false;
		*(words[0][0] == 'p' ? &settings->ports_denied : &settings->peers_denied) = !verdict;
		return true;
	}
	if (count != 3)
		return false;
	if (strcmp(words[0], "pid") == 0 && number(words[1], 1 << 30, &value)) {
		uint32_t pid = value;
		if (!put("processes", &pid, wants(words[2])))
			return false;
		if (wants(words[2]) == 0)
			forget_held_of(pid);
		scan_process(pid);
		return true;
	}
	if (strcmp(words[0], "cgroup") == 0 && number(words[1], UINT64_MAX, &value))
		return put("cgroups", &value, wants(words[2]));
	if (strcmp(words[0], "port") == 0 && number(words[1], 65535, &value)) {
		uint16_t port = value;
		return put("ports", &port, allows(words[2]));
	}
	if (strcmp(words[0], "cidr") == 0 && network_of(words[1], &network))
		return put("peers", &network, allows(words[2]));
	return false;
}

/* False to end. */
static bool obey(char *line)
{
	char *words[4], *rest = line, *word;
	char whole[128];
	int count = 0;
	snprintf(whole, sizeof whole, "%.120s", line);
	while ((word = strsep(&rest, " ")) && count < 4)
		words[count++] = word;
	if (strcmp(words[0], "stop") == 0)
		return false;
	if (strcmp(words[0], "stats") == 0) {
		report_stats();
	} else if (strcmp(words[0], "apply") == 0) {
		settings_page()->generation++;
		judge_connections();
		scan_processes();
		put_json(FRAME_DONE, "{\"line\":%s}", quoted(whole));
	} else if (!set(words, count)) {
		log_line("warn", "not understood, or the table is full: %s", whole);
	}
	return true;
}

bool read_control(void)
{
	static char input[LINE + 1];
	static size_t size;
	ssize_t got = read(STDIN_FILENO, input + size, LINE - size);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		return false;
	size += got;
	char *line = input, *end;
	while ((end = memchr(line, '\n', input + size - line))) {
		*end = 0;
		if (!obey(line))
			return false;
		line = end + 1;
	}
	size -= line - input;
	memmove(input, line, size);
	if (size < LINE)
		return true;
	log_line("fatal", "a line from the producer is longer than %d characters", LINE);
	return false;
}
