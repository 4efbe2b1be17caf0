/* From a file descriptor to the TCP socket behind it, and what TCP itself has counted. */
#pragma once
#include "registers.h"
#include "maps.h"

static __always_inline struct file *file_of(int fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file *file = NULL;
	struct file **slots = BPF_CORE_READ(table, fd);
	if ((u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof file, slots + (u32)fd);
	return file;
}

/* NULL when it is anything but a TCP socket. */
static __always_inline struct sock *tcp_socket(int fd)
{
	struct file *file = file_of(fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);
	if (!sk || BPF_CORE_READ(sk, sk_type) != SOCK_STREAM || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return NULL;
	return sk;
}

struct ends {
	u16 local_port, remote_port;
	u8 family;
	u8 local[16], remote[16];
};

static __always_inline void mapped(u8 *address, u32 ipv4)
{
	__builtin_memset(address, 0, 10);
	address[10] = 0xff;
	address[11] = 0xff;
	__builtin_memcpy(address + 12, &ipv4, 4);
}

static __always_inline void ends_of(struct sock *sk, struct ends *ends)
{
	ends->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	ends->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	ends->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (ends->family == AF_INET6 && bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		BPF_CORE_READ_INTO(&ends->local, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&ends->remote, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
		return;
	}
	mapped(ends->local, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
	mapped(ends->remote, BPF_CORE_READ(sk, __sk_common.skc_daddr));
}

/* A socket that accept made is a copy of the listener, which has a backlog. */
static __always_inline u8 inferred_side(struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_max_ack_backlog) ? SIDE_ACCEPTED : SIDE_CONNECTED;
}

/* Sequence number behind the last byte that the process has read. */
static __always_inline u32 read_until(struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;
	u32 copied = BPF_CORE_READ(tcp, copied_seq);
	/* Having read to the end counts the FIN, too. */
	if ((BPF_CORE_READ(sk, sk_shutdown) & 1) && copied == BPF_CORE_READ(tcp, rcv_nxt))
		copied--;
	return copied;
}

/* Sequence number of the first byte received. TCP counts received bytes with 64 bits, sequence numbers have 32. */
static __always_inline u32 first_received(struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;
	return BPF_CORE_READ(tcp, rcv_nxt) - (u32)BPF_CORE_READ(tcp, bytes_received);
}

/* Sequence number of the first byte sent. The SYN of who connects is acknowledged, and counted, like a byte. */
static __always_inline u32 first_sent(struct sock *sk, u8 side)
{
	struct tcp_sock *tcp = (void *)sk;
	return BPF_CORE_READ(tcp, snd_una) - (u32)BPF_CORE_READ(tcp, bytes_acked) + (side == SIDE_CONNECTED);
}

static __always_inline u64 offset_received(struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;
	return BPF_CORE_READ(tcp, bytes_received) - (u32)(BPF_CORE_READ(tcp, rcv_nxt) - read_until(sk));
}

static __always_inline u64 offset_sent(struct sock *sk, u8 side)
{
	struct tcp_sock *tcp = (void *)sk;
	u64 acknowledged = BPF_CORE_READ(tcp, bytes_acked);
	return acknowledged + (u32)(BPF_CORE_READ(tcp, write_seq) - BPF_CORE_READ(tcp, snd_una)) - (side == SIDE_CONNECTED);
}
