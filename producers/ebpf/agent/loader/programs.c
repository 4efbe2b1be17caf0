/* The BPF object, which is part of this program: loading, attaching and its maps. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent.h"

/* The object file, between two labels. */
__asm__(".section .rodata\n.balign 16\nobject_begin:\n.incbin \"" OBJECT_FILE "\"\nobject_end:\n.previous\n");
extern const char object_begin[], object_end[];

static struct bpf_object *object;
static struct bpf_link *links[16];
static size_t link_count;

int map_fd(const char *name)
{
	return bpf_object__find_map_fd_by_name(object, name);
}

struct bpf_program *program(const char *name)
{
	return bpf_object__find_program_by_name(object, name);
}

static struct settings *settings;

struct settings *settings_page(void)
{
	return settings;
}

/* The page that the programs read, so that a change is one store. */
static bool map_settings(void)
{
	void *page = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, map_fd(".bss"), 0);
	if (page == MAP_FAILED)
		return false;
	settings = page;
	settings->ring_bytes = options.ring_bytes;
	settings->call_bytes = options.call_bytes;
	settings->process_events = options.process_events;
	return true;
}

/* libbpf's own words are kept for the reason of a failure; its debugging output is not. */
static char last_warning[600];
static int keep_warning(enum libbpf_print_level level, const char *format, va_list values)
{
	if (level == LIBBPF_WARN && !last_warning[0])
		vsnprintf(last_warning, sizeof last_warning, format, values);
	return 0;
}

static bool fail(const char *what)
{
	const char *hint = "see the kernel's log";
	if (errno == EPERM || errno == EACCES)
		hint = "CAP_BPF and CAP_PERFMON are needed in the initial user namespace; seccomp must allow bpf(2) and perf_event_open(2)";
	else if (errno == ENOMEM)
		hint = "lower --ring-bytes or --connections";
	last_warning[strcspn(last_warning, "\n")] = 0;
	log_line("fatal", "%s: %s (%s): %s", what, strerror(errno), last_warning, hint);
	return false;
}

static void resize(const char *map, uint32_t entries)
{
	bpf_map__set_max_entries(bpf_object__find_map_by_name(object, map), entries);
}

/* Programs that others call by their place in an array. */
static bool put_program(const char *array, uint32_t place, const char *name)
{
	int fd = bpf_program__fd(program(name));
	return bpf_map_update_elem(map_fd(array), &place, &fd, BPF_ANY) == 0;
}

bool load_programs(void)
{
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(keep_warning);
	LIBBPF_OPTS(bpf_object_open_opts, how, .object_name = "tapwire");
	object = bpf_object__open_mem(object_begin, object_end - object_begin, &how);
	if (!object)
		return fail("the BPF object cannot be opened");
	struct bpf_program *each;
	bpf_object__for_each_program(each, object)
		if (strncmp(bpf_program__name(each), "openssl_", 8) == 0)
			prepare_probe(each);
	resize("events", options.ring_bytes);
	resize("connections", options.connections);
	resize("sessions", options.connections);
	resize("processes", options.processes);
	if (bpf_object__load(object))
		return fail("the kernel refused the BPF programs");
	if (!map_settings())
		return fail("the settings cannot be mapped");
	bool put = put_program("syscall_programs", 0, "syscalls_take") && put_program("syscall_programs", 1, "syscalls_look") &&
		   put_program("syscall_programs", 2, "syscalls_more") && put_program("more_openssl", 0, "openssl_more");
	return put || fail("the BPF programs cannot be linked");
}

bool attach_programs(void)
{
	static const char *const names[] = {"lifetime_destroy", "lifetime_state", "process_exec",
					    "process_fork",	"process_exit",	  "syscalls_exit"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct bpf_link *link = bpf_program__attach(program(names[i]));
		if (!link)
			return fail(names[i]);
		links[link_count++] = link;
	}
	/* Kernels before 6.0 have it under another name and with other arguments. */
	struct bpf_link *requests = bpf_program__attach(program("process_io_uring"));
	if (requests)
		links[link_count++] = requests;
	settings->io_uring_setup = !requests;
	return true;
}

void unload_programs(void)
{
	while (link_count > 0)
		bpf_link__destroy(links[--link_count]);
	bpf_object__close(object);
	object = NULL;
}

uint64_t counter(enum counter which)
{
	uint64_t *values = calloc(libbpf_num_possible_cpus(), sizeof *values), sum = 0;
	uint32_t key = which;
	if (values && bpf_map_lookup_elem(map_fd("counters"), &key, values) == 0)
		for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
			sum += values[cpu];
	free(values);
	return sum;
}
