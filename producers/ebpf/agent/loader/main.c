/* The agent: loads and attaches the programs, turns their events into frames until its input ends. See ../PROTOCOL.md. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent.h"

/* While there is traffic the ring is looked at this often; after so many looks in vain the agent sleeps until it is woken. */
enum { LOOK_MS = 4, LOOKS_IN_VAIN = 50, SLEEP_MS = 1000 };

static int poller;

static bool watch(int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0 || epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event) == 0;
}

static int on_sample(void *unused, void *data, size_t size)
{
	(void)unused;
	on_event(data, size);
	return output_pending() > OUTPUT_LIMIT ? -EAGAIN : 0;
}

static void hello(void)
{
	struct utsname name;
	uname(&name);
	put_json(FRAME_HELLO,
		 "{\"version\":1,\"agent\":\"" AGENT_VERSION
		 "\",\"kernel\":%s,\"pid\":%d,\"ringBytes\":%llu,\"callBytes\":%llu,\"capabilities\":[%s],\"probes\":[\"syscalls\"%s]}",
		 quoted(name.release), getpid(), (unsigned long long)options.ring_bytes, (unsigned long long)options.call_bytes,
		 rights_json(), options.no_tls ? "" : ",\"openssl\"");
}

static void every_second(void)
{
	static uint64_t next, next_stats;
	uint64_t now = boottime_ns();
	if (now < next)
		return;
	next = now + 1000000000;
	set_clock();
	connections_tick();
	held_tick();
	processes_tick();
	if (next_stats && now >= next_stats)
		report_stats();
	if (!next_stats || now >= next_stats)
		next_stats = now + options.stats_ms * 1000000ull;
}

/* Until the input ends, a signal comes or nobody reads the output. */
static void serve(struct ring_buffer *ring, int signals)
{
	struct settings *settings = settings_page();
	int vain = 0;
	bool blocked = false;
	for (;;) {
		int seen = output_pending() > OUTPUT_LIMIT ? 0 : ring_buffer__consume(ring);
		if (!flush_output())
			return;
		every_second();
		vain = seen == 0 ? vain + 1 : 0;
		if (seen < 0)
			continue;
		if (blocked != (output_pending() > 0)) {
			blocked = !blocked;
			watch(STDOUT_FILENO, blocked ? EPOLLOUT : 0);
		}
		bool sleeping = vain > LOOKS_IN_VAIN && !blocked;
		settings->waiting = sleeping;
		/* What came before `waiting` was seen would wake nobody. */
		__sync_synchronize();
		if (sleeping && ring_buffer__consume(ring) > 0) {
			vain = 0;
			continue;
		}
		struct epoll_event events[4];
		int count = epoll_wait(poller, events, 4, sleeping || blocked ? SLEEP_MS : LOOK_MS);
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == signals || (events[i].data.fd == STDOUT_FILENO && (events[i].events & EPOLLERR)))
				return;
			/* What was captured under the rules so far is told under them. */
			if (events[i].data.fd == STDIN_FILENO && (ring_buffer__consume(ring), !read_control()))
				return;
			if (events[i].data.fd != STDIN_FILENO)
				vain = 0;
		}
	}
}

static int signal_fd(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
	set_clock();
	if (!read_options(argc, argv))
		return 2;
	int signals = signal_fd();
	fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
	fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
	/* A parent that is killed leaves its end of the pipe to nobody; this is for one that had handed it on. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	bool ready = rights_suffice() && load_programs();
	struct ring_buffer *ring = ready ? ring_buffer__new(map_fd("events"), on_sample, NULL, NULL) : NULL;
	ready = ring && attach_programs();
	if (ready) {
		drop_rights();
		hello();
	}
	if (ready && !options.check) {
		poller = epoll_create1(EPOLL_CLOEXEC);
		if (!watch(STDIN_FILENO, EPOLLIN))
			log_line("warn", "standard input is no pipe: nobody can say what to capture, or when to stop");
		watch(signals, EPOLLIN);
		watch(STDOUT_FILENO, 0);
		/* Edges only: it is to wake when the programs say so, not whenever there is something. */
		watch(map_fd("events"), EPOLLIN | EPOLLET);
		serve(ring, signals);
		detach_functions();
		ring_buffer__consume(ring);
		report_stats();
	}
	ring_buffer__free(ring);
	if (ready)
		unload_programs();
	drain_output(5000);
	return ready ? 0 : 1;
}
