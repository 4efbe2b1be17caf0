/* Registers by architecture: of a system call at its return, and of a function at its entry and return. */
#pragma once
#include "kernel.h"

#if defined(__TARGET_ARCH_x86)

/* At the return of a system call its arguments are still there: the kernel keeps them for restarting it. */
#define syscall_number(regs) ((s64)BPF_CORE_READ(regs, orig_ax))
#define syscall_arg0(regs) BPF_CORE_READ(regs, di)
#define syscall_arg1(regs) BPF_CORE_READ(regs, si)
#define syscall_arg2(regs) BPF_CORE_READ(regs, dx)
#define syscall_arg3(regs) BPF_CORE_READ(regs, r10)

/* What programs on functions get: an interface of the kernel, the same in all versions. */
struct call_registers {
	u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

#define call_arg0(ctx) ((u64)(ctx)->di)
#define call_arg1(ctx) ((u64)(ctx)->si)
#define call_arg2(ctx) ((u64)(ctx)->dx)
#define call_arg3(ctx) ((u64)(ctx)->cx)
#define call_result(ctx) ((s64)(ctx)->ax)
#define call_stack(ctx) ((u64)(ctx)->sp)
/* `ret` pops the address that `call` pushed. */
#define RETURN_POPS 8

enum {
	NR_read = 0,
	NR_write = 1,
	NR_mmap = 9,
	NR_readv = 19,
	NR_writev = 20,
	NR_sendfile = 40,
	NR_connect = 42,
	NR_accept = 43,
	NR_sendto = 44,
	NR_recvfrom = 45,
	NR_sendmsg = 46,
	NR_recvmsg = 47,
	NR_splice = 275,
	NR_accept4 = 288,
	NR_recvmmsg = 299,
	NR_sendmmsg = 307,
	NR_preadv2 = 327,
	NR_pwritev2 = 328,
	NR_io_uring_setup = 425,
};

/* TS_COMPAT: a system call of the 32-bit table, with other numbers. */
#define is_compat(task) (BPF_CORE_READ(task, thread_info.status) & 2)

#elif defined(__TARGET_ARCH_arm64)

#define syscall_number(regs) ((s64)BPF_CORE_READ(regs, syscallno))
#define syscall_arg0(regs) BPF_CORE_READ(regs, orig_x0)
#define syscall_arg1(regs) BPF_CORE_READ(regs, regs[1])
#define syscall_arg2(regs) BPF_CORE_READ(regs, regs[2])
#define syscall_arg3(regs) BPF_CORE_READ(regs, regs[3])

struct call_registers {
	u64 regs[31], sp, pc, pstate;
};

#define call_arg0(ctx) ((u64)(ctx)->regs[0])
#define call_arg1(ctx) ((u64)(ctx)->regs[1])
#define call_arg2(ctx) ((u64)(ctx)->regs[2])
#define call_arg3(ctx) ((u64)(ctx)->regs[3])
#define call_result(ctx) ((s64)(ctx)->regs[0])
#define call_stack(ctx) ((u64)(ctx)->sp)
#define RETURN_POPS 0

enum {
	NR_read = 63,
	NR_write = 64,
	NR_readv = 65,
	NR_writev = 66,
	NR_sendfile = 71,
	NR_splice = 76,
	NR_accept = 202,
	NR_connect = 203,
	NR_sendto = 206,
	NR_recvfrom = 207,
	NR_sendmsg = 211,
	NR_recvmsg = 212,
	NR_mmap = 222,
	NR_accept4 = 242,
	NR_recvmmsg = 243,
	NR_sendmmsg = 269,
	NR_preadv2 = 286,
	NR_pwritev2 = 287,
	NR_io_uring_setup = 425,
};

/* TIF_32BIT */
#define is_compat(task) (BPF_CORE_READ(task, thread_info.flags) & (1 << 22))

#endif
