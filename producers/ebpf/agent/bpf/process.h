/* Processes as they come and go, and the files that they execute. */
#pragma once
#include "registers.h"
#include "ring.h"
#include "socket.h"
#include "verdict.h"

static __always_inline struct process_event *process_event(u16 what, u32 pid)
{
	struct process_event *out = bpf_ringbuf_reserve(&events, sizeof *out, 0);
	if (!out) {
		count(COUNT_EVENTS_LOST, 1);
		return NULL;
	}
	head(&out->event, EVENT_PROCESS, 0);
	out->event.flags = what;
	out->event.pid = pid;
	out->cgroup = bpf_get_current_cgroup_id();
	out->inode = 0;
	out->device = 0;
	out->parent = 0;
	bpf_get_current_comm(out->comm, sizeof out->comm);
	return out;
}

static __always_inline void tell_process(u16 what)
{
	struct process_event *out = process_event(what, bpf_get_current_pid_tgid() >> 32);
	if (out)
		bpf_ringbuf_submit(out, wakeup());
}

/* One event for each process and reason: it would do so with every call. */
static __always_inline void tell_once(u16 what)
{
	struct file_key key = {.inode = bpf_get_current_pid_tgid() >> 32, .device = ~(u64)what};
	u32 one = 1;
	if (bpf_map_update_elem(&files, &key, &one, BPF_NOEXIST) == 0)
		tell_process(what);
}

/* True the first time that a file is executed or mapped. */
static __always_inline int new_file(struct file *file, struct file_key *key)
{
	u32 one = 1;
	key->inode = BPF_CORE_READ(file, f_inode, i_ino);
	key->device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	return bpf_map_update_elem(&files, key, &one, BPF_NOEXIST) == 0;
}

static __always_inline void tell_file(struct file_key *key)
{
	struct process_event *out = process_event(PROCESS_FILE, bpf_get_current_pid_tgid() >> 32);
	if (!out) {
		bpf_map_delete_elem(&files, key);
		return;
	}
	out->inode = key->inode;
	out->device = key->device;
	/* Now, not in a few milliseconds: the library may be used at once. */
	bpf_ringbuf_submit(out, BPF_RB_FORCE_WAKEUP);
}

/* Code was mapped: a library that may have TLS in it. */
static __always_inline void mapped_file(struct pt_regs *regs)
{
	enum { PROT_EXEC = 4 };
	if (!(syscall_arg2(regs) & PROT_EXEC))
		return;
#if defined(__TARGET_ARCH_x86)
	s32 fd = BPF_CORE_READ(regs, r8);
#else
	s32 fd = BPF_CORE_READ(regs, regs[4]);
#endif
	struct file *file = fd < 0 ? NULL : file_of(fd);
	struct file_key key = {};
	if (file && new_file(file, &key))
		tell_file(&key);
}

/* Requests of io_uring that move bytes on sockets (IORING_OP_…). Reads and writes may be on files: those are left to TCP's counters. */
SEC("raw_tp/io_uring_submit_req")
int process_io_uring(struct bpf_raw_tracepoint_args *ctx)
{
	enum { SENDMSG = 9, RECVMSG = 10, ACCEPT = 13, CONNECT = 16, SEND = 26, RECV = 27, SEND_ZC = 47, SENDMSG_ZC = 48, RECV_ZC = 58 };
	struct io_kiocb *request = (void *)ctx->args[0];
	u8 opcode = BPF_CORE_READ(request, opcode);
	if (opcode != SENDMSG && opcode != RECVMSG && opcode != ACCEPT && opcode != CONNECT && opcode != SEND && opcode != RECV &&
	    opcode != SEND_ZC && opcode != SENDMSG_ZC && opcode != RECV_ZC)
		return 0;
	if (verdict())
		tell_once(PROCESS_IO_URING);
	return 0;
}

SEC("raw_tp/sched_process_exec")
int process_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct linux_binprm *binprm = (void *)ctx->args[2];
	struct file_key key = {};
	if (settings.process_events)
		tell_process(PROCESS_EXEC);
	if (verdict() && new_file(BPF_CORE_READ(binprm, file), &key))
		tell_file(&key);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int process_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *child = (void *)ctx->args[1];
	u32 pid = BPF_CORE_READ(child, tgid);
	u32 parent = bpf_get_current_pid_tgid() >> 32;
	if (BPF_CORE_READ(child, pid) != pid)
		return 0;
	u32 *named = bpf_map_lookup_elem(&processes, &parent);
	if (named) {
		u32 inherited = *named;
		if (bpf_map_update_elem(&processes, &pid, &inherited, BPF_ANY))
			count(COUNT_UNTRACKED, 1);
	}
	if (settings.process_events) {
		struct process_event *out = process_event(PROCESS_FORK, pid);
		if (out) {
			out->parent = parent;
			bpf_ringbuf_submit(out, wakeup());
		}
	}
	return 0;
}

SEC("raw_tp/sched_process_exit")
int process_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	u64 thread = bpf_get_current_pid_tgid();
	u32 pid = thread >> 32;
	bpf_map_delete_elem(&threads, &thread);
	bpf_map_delete_elem(&jobs, &thread);
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	bpf_map_delete_elem(&processes, &pid);
	tell_process(PROCESS_EXIT);
	return 0;
}
