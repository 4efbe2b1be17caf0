/*
 * Programs on functions of files (uprobes), in all processes that run them now or later. Kernels from 6.6 on take many at
 * once (uprobe_multi), and take them from who may load programs; those before need one perf event for each, for which some
 * want CAP_SYS_ADMIN.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent.h"

/* Of newer headers than libbpf 1.1 comes with. */
enum { ATTACH_UPROBE_MULTI = 48, UPROBE_MULTI_RETURN = 1 };
struct link_create_uprobe_multi {
	uint32_t program, target, type, flags;
	uint64_t path, offsets, counters, cookies;
	uint32_t count, multi_flags, pid, zero;
};

uint32_t probes_attached, probes_failed;

/* File descriptors of uprobe_multi links, and links of libbpf. */
static int *descriptors;
static struct bpf_link **links;
static size_t descriptor_count, link_count;

bool multi_probes(void)
{
	struct utsname name;
	unsigned major = 0, minor = 0;
	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	return !options.perf_uprobes && (major > 6 || (major == 6 && minor >= 6));
}

/* Before the programs are loaded: they have to know how they will be attached. */
void prepare_probe(struct bpf_program *program)
{
	if (multi_probes())
		bpf_program__set_expected_attach_type(program, (enum bpf_attach_type)ATTACH_UPROBE_MULTI);
}

static void *grown(void *array, size_t count, size_t size)
{
	void *more = realloc(array, (count + 1) * size);
	if (!more)
		abort();
	return more;
}

static bool attach_many(int program_fd, const char *path, const uint64_t *offsets, size_t count, bool at_return)
{
	struct link_create_uprobe_multi how = {
		.program = program_fd,
		.type = ATTACH_UPROBE_MULTI,
		.path = (uintptr_t)path,
		.offsets = (uintptr_t)offsets,
		.count = count,
		.multi_flags = at_return ? UPROBE_MULTI_RETURN : 0,
	};
	int fd = syscall(SYS_bpf, 28 /* BPF_LINK_CREATE */, &how, sizeof how);
	if (fd < 0)
		return false;
	descriptors = grown(descriptors, descriptor_count, sizeof *descriptors);
	descriptors[descriptor_count++] = fd;
	return true;
}

static bool attach_one(struct bpf_program *program, const char *path, uint64_t offset, bool at_return)
{
	DECLARE_LIBBPF_OPTS(bpf_uprobe_opts, how, .retprobe = at_return);
	struct bpf_link *link = bpf_program__attach_uprobe_opts(program, -1, path, offset, &how);
	if (!link)
		return false;
	links = grown(links, link_count, sizeof *links);
	links[link_count++] = link;
	return true;
}

bool attach_functions(const char *name, const char *path, const uint64_t *offsets, size_t count, bool at_return, char *why,
		      size_t why_size)
{
	bool ok = true;
	if (multi_probes())
		ok = attach_many(bpf_program__fd(program(name)), path, offsets, count, at_return);
	for (size_t i = 0; i < count && ok && !multi_probes(); i++)
		ok = attach_one(program(name), path, offsets[i], at_return);
	*(ok ? &probes_attached : &probes_failed) += count;
	if (!ok)
		snprintf(why, why_size, "%s: %s%s", name, strerror(errno),
			 !multi_probes() && errno == EACCES ? " (this kernel wants CAP_SYS_ADMIN for uprobes)" : "");
	return ok;
}

void detach_functions(void)
{
	while (descriptor_count > 0)
		close(descriptors[--descriptor_count]);
	while (link_count > 0)
		bpf_link__destroy(links[--link_count]);
}
