/* Processes: their TLS libraries, and what of them cannot be seen. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <mntent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent.h"

enum { PATH = 4096, COMM = 16 };

/* What is remembered of files and processes, at most; then it is asked, or said, again. */
enum { REMEMBERED = 65536 };

/* Files that were looked at, by device and inode mixed into one number; and processes that were reported. */
static struct table files, reported;

/* Processes ended since their TLS sessions were last taken away. */
static bool ended;

struct file {
	struct node node;
	enum probed probed;
};

/* Forgets all nodes, or those of files that have no probes. */
static void forget(struct table *table, bool probed_too)
{
	for (size_t i = 0; i < sizeof table->buckets / sizeof *table->buckets; i++)
		for (struct node *node = table->buckets[i], *next; node; node = next) {
			next = node->next;
			if (probed_too || ((struct file *)node)->probed == PROBED_NOT)
				free(table_remove(table, node->key));
		}
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	return (a * 0x9E3779B97F4A7C15ull) ^ (b + 0x632BE59BD9B4E019ull);
}

static void comm_of(pid_t pid, char comm[COMM + 1])
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	FILE *file = fopen(path, "re");
	comm[0] = 0;
	if (!file)
		return;
	if (fgets(comm, COMM + 1, file))
		comm[strcspn(comm, "\n")] = 0;
	fclose(file);
}

static void exe_of(pid_t pid, char exe[PATH])
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	ssize_t size = readlink(path, exe, PATH - 1);
	exe[size > 0 ? size : 0] = 0;
}

/* Where cgroup v2 is mounted, or "". */
static const char *cgroup_mount(void)
{
	static char mount[256];
	static bool known;
	if (known)
		return mount;
	known = true;
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *entry;
	while (mounts && (entry = getmntent(mounts)))
		if (strcmp(entry->mnt_type, "cgroup2") == 0 && !mount[0])
			snprintf(mount, sizeof mount, "%s", entry->mnt_dir);
	if (mounts)
		endmntent(mounts);
	return mount;
}

uint64_t cgroup_of(pid_t pid)
{
	char path[64], line[PATH], folder[PATH + 256];
	struct stat at;
	uint64_t id = 0;
	snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "0::", 3))
			continue;
		snprintf(folder, sizeof folder, "%s%s", cgroup_mount(), line + 3);
		if (cgroup_mount()[0] && stat(folder, &at) == 0)
			id = at.st_ino;
	}
	fclose(file);
	return id;
}

void report_unseen(pid_t pid, const char *known_comm, const char *reason, const char *text)
{
	char comm[COMM + 1], exe[PATH];
	uint64_t key = mix(pid, (uintptr_t)reason);
	if (table_find(&reported, key))
		return;
	if (reported.size >= REMEMBERED)
		forget(&reported, true);
	struct node *node = calloc(1, sizeof *node);
	if (!node)
		abort();
	table_add(&reported, node, key);
	/* It may be gone by now. */
	comm_of(pid, comm);
	if (!comm[0])
		snprintf(comm, sizeof comm, "%.16s", known_comm);
	exe_of(pid, exe);
	put_json(FRAME_PROCESS, "{\"event\":\"unseen\",\"pid\":%d,\"comm\":%s,\"exe\":%s,\"reason\":\"%s\",\"text\":%s}", pid,
		 quoted(comm), quoted(exe), reason, quoted(text));
}

static void tell_probed(pid_t pid, const char *library)
{
	char exe[PATH] = "";
	if (pid)
		exe_of(pid, exe);
	put_json(FRAME_PROCESS, "{\"event\":\"probed\",\"pid\":%d,\"exe\":%s,\"library\":%s,\"kind\":\"openssl\"}", pid, quoted(exe),
		 quoted(library));
}

static uint64_t probed_at;

uint64_t last_probed(void)
{
	return probed_at;
}

/* A file that a process executes, under the name it has there. */
static void examine(pid_t pid, const char *name)
{
	char path[PATH + 64], why[200];
	struct stat at;
	snprintf(path, sizeof path, "/proc/%d/root%s", pid, name);
	if (stat(path, &at) != 0 || !S_ISREG(at.st_mode))
		return;
	/* An inode number may come back with another file: its time of change is part of the name. */
	uint64_t key = mix(mix(at.st_dev, at.st_ino), at.st_ctim.tv_sec * 1000000000ull + at.st_ctim.tv_nsec);
	if (table_find(&files, key))
		return;
	if (files.size >= REMEMBERED)
		forget(&files, false);
	struct file *file = calloc(1, sizeof *file);
	if (!file)
		abort();
	table_add(&files, &file->node, key);
	file->probed = probe_openssl(path, why, sizeof why);
	if (file->probed != PROBED_NOT)
		probed_at = boottime_ns();
	if (file->probed == PROBED_TLS)
		tell_probed(pid == getpid() ? 0 : pid, name);
	if (file->probed == PROBED_FAILED)
		report_unseen(pid, "", "probe-failed", why);
}

void scan_process(pid_t pid)
{
	char path[64], line[PATH + 128], last[PATH] = "";
	if (options.no_tls || !verdict_of(pid, cgroup_of(pid)))
		return;
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "re");
	if (!maps)
		return;
	while (fgets(line, sizeof line, maps)) {
		/* address perms offset dev inode path */
		char perms[8];
		int at = 0;
		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%*s %7s %*s %*s %*s %n", perms, &at) != 1 || at == 0 || perms[2] != 'x' || line[at] != '/')
			continue;
		if (strcmp(line + at, last) == 0)
			continue;
		snprintf(last, sizeof last, "%s", line + at);
		examine(pid, last);
	}
	fclose(maps);
}

/*
 * The libraries of this file system, before anybody uses them: a process that is the first to load one is not faster than its
 * probes then.
 */
static void scan_libraries(void)
{
	static const char *const patterns[] = {"/usr/lib*/libssl.so*", "/usr/lib*/libcrypto.so*", "/usr/lib/*/libssl.so*",
					       "/usr/lib/*/libcrypto.so*"};
	glob_t found = {0};
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		glob(patterns[i], i ? GLOB_APPEND : 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		examine(getpid(), found.gl_pathv[i]);
	globfree(&found);
}

void scan_processes(void)
{
	if (!options.no_tls)
		scan_libraries();
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	while (proc && (entry = readdir(proc)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			scan_process(atoi(entry->d_name));
	if (proc)
		closedir(proc);
}

void on_process(const struct process_event *event)
{
	pid_t pid = event->event.pid;
	char exe[PATH] = "";
	switch (event->event.flags) {
	case PROCESS_FILE:
		return scan_process(pid);
	case PROCESS_IO_URING:
		return report_unseen(pid, event->comm, "io-uring", "what it sends and receives through io_uring is not seen");
	case PROCESS_COMPAT:
		return report_unseen(pid, event->comm, "compat", "32-bit system calls are not seen");
	}
	ended |= event->event.flags == PROCESS_EXIT;
	if (!options.process_events)
		return;
	if (event->event.flags == PROCESS_EXEC)
		exe_of(pid, exe);
	put_json(FRAME_PROCESS, "{\"event\":\"%s\",\"pid\":%d,\"parent\":%u,\"comm\":%s,\"exe\":%s,\"cgroup\":\"%llu\"}",
		 event->event.flags == PROCESS_EXEC   ? "exec"
		 : event->event.flags == PROCESS_FORK ? "fork"
						      : "exit",
		 pid, event->parent, quoted(event->comm), quoted(exe), (unsigned long long)event->cgroup);
}

/* Who ends does not always free his sessions. Every ten seconds at most: it goes through all of them. */
void processes_tick(void)
{
	static int since;
	struct session_key key, next, *last = NULL;
	int fd = map_fd("sessions");
	if (++since < 10 || !ended)
		return;
	since = 0;
	ended = false;
	while (bpf_map_get_next_key(fd, last, &next) == 0) {
		bool gone = last && kill(key.pid, 0) != 0 && errno == ESRCH;
		if (gone)
			bpf_map_delete_elem(fd, &key);
		key = next;
		last = &key;
	}
	if (last && kill(key.pid, 0) != 0 && errno == ESRCH)
		bpf_map_delete_elem(fd, &key);
}

void report_stats(void)
{
#define N(which) (unsigned long long)counter(which)
	put_json(FRAME_STATS,
		 "{\"connections\":%llu,\"openConnections\":%zu,\"untracked\":%llu,\"bytes\":%llu,\"ringLost\":%llu,\"cutLost\":%llu,"
		 "\"memoryLost\":%llu,\"hidden\":%llu,\"unseen\":%llu,\"ciphertext\":%llu,\"tlsHeld\":%llu,\"tlsUnattributed\":%llu,"
		 "\"eventsLost\":%llu,\"callsLost\":%llu,\"probesAttached\":%u,\"probesFailed\":%u}",
		 N(COUNT_CONNECTIONS), open_connections(), N(COUNT_UNTRACKED), N(COUNT_BYTES), N(COUNT_RING_LOST), N(COUNT_CUT_LOST),
		 N(COUNT_MEMORY_LOST), N(COUNT_HIDDEN), N(COUNT_UNSEEN), N(COUNT_CIPHERTEXT), (unsigned long long)held_bytes(),
		 (unsigned long long)dropped_held_bytes(), N(COUNT_EVENTS_LOST), N(COUNT_CALLS_LOST), probes_attached, probes_failed);
#undef N
}
