/* Capabilities: what is needed, what is missing, and giving up the rest. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif

static const struct {
	int number;
	const char *name, *why;
} needed[] = {
	{CAP_BPF, "CAP_BPF", "loads the programs"},
	{CAP_PERFMON, "CAP_PERFMON", "attaches them to the kernel and to TLS libraries"},
	{CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "finds the libraries of other users' processes"},
};
enum { NEEDED = sizeof needed / sizeof *needed };

static uint64_t effective(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {0};
	syscall(SYS_capget, &head, data);
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

/* Wanted by some kernels that have no uprobe_multi. Kept there when it is given. */
static uint64_t kept(void)
{
	uint64_t keep = multi_probes() ? 0 : 1ull << CAP_SYS_ADMIN;
	for (int i = 0; i < NEEDED; i++)
		keep |= 1ull << needed[i].number;
	return keep & effective();
}

bool rights_suffice(void)
{
	struct utsname name;
	unsigned major = 0, minor = 0;
	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	if (major < 5 || (major == 5 && minor < 8)) {
		log_line("fatal", "Linux %s is too old: the agent needs 5.8 or newer (ring buffer, CAP_BPF)", name.release);
		return false;
	}
	uint64_t have = effective();
	for (int i = 0; i < NEEDED; i++) {
		if (have >> needed[i].number & 1)
			continue;
		log_line("fatal", "%s is missing (it %s): run as root, or add it to the container's securityContext.capabilities",
			 needed[i].name, needed[i].why);
		return false;
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
		log_line("fatal", "/sys/kernel/btf/vmlinux is missing (%s): the kernel needs CONFIG_DEBUG_INFO_BTF=y, and /sys must be mounted",
			 strerror(errno));
		return false;
	}
	return true;
}

/* Keeps the needed capabilities; nothing that it may execute later gets even those. */
void drop_rights(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {0};
	uint64_t keep = kept();
	for (int half = 0; half < 2; half++)
		data[half].effective = data[half].permitted = keep >> 32 * half;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_capset, &head, data) != 0)
		log_line("warn", "capabilities could not be dropped: %s", strerror(errno));
}

const char *rights_json(void)
{
	static char text[256];
	uint64_t have = effective();
	size_t size = 0;
	for (int number = 0; number < 64; number++) {
		const char *name = NULL;
		for (int i = 0; i < NEEDED; i++)
			if (needed[i].number == number)
				name = needed[i].name;
		if (!(have >> number & 1) || size > sizeof text - 32)
			continue;
		if (name)
			size += sprintf(text + size, "%s\"%s\"", size ? "," : "", name);
		else
			size += sprintf(text + size, "%s%d", size ? "," : "", number);
	}
	return text;
}
