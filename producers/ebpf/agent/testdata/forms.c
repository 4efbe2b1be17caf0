/*
 * Moves bytes over a TCP connection of its own with one form of system call: `forms <form> <bytes>`. The client sends them, the
 * server sends them back, and both compare. Byte i is (i * 31 + i / 256 * 17) mod 256, so that the test knows them, too.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static size_t total;
static char *pattern;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Cuts a buffer into pieces of growing odd sizes, some empty. Returns how many. */
static int cut(char *bytes, size_t size, struct iovec *pieces, int most)
{
	int count = 0;
	for (size_t at = 0, step = 0; at < size && count < most; step = step * 2 + 1, count++) {
		size_t length = count == most - 1 || step > size - at ? size - at : step;
		pieces[count] = (struct iovec){bytes + at, length};
		at += length;
	}
	return count;
}

/* Pieces of seven bytes, many of them; what does not fit is for the next call. */
static int crumble(char *bytes, size_t size, struct iovec *pieces, int most)
{
	int count = 0;
	for (size_t at = 0; at < size && count < most; at += 7, count++)
		pieces[count] = (struct iovec){bytes + at, size - at < 7 ? size - at : 7};
	return count;
}

static ssize_t write_crumbs(int fd, char *b, size_t n)
{
	struct iovec v[1000];
	return writev(fd, v, crumble(b, n, v, 1000));
}
static ssize_t read_crumbs(int fd, char *b, size_t n)
{
	struct iovec v[1000];
	return readv(fd, v, crumble(b, n, v, 1000));
}
static ssize_t write_vector(int fd, char *b, size_t n)
{
	struct iovec v[12];
	return writev(fd, v, cut(b, n, v, 12));
}
static ssize_t read_vector(int fd, char *b, size_t n)
{
	struct iovec v[12];
	return readv(fd, v, cut(b, n, v, 12));
}
static ssize_t write_vector2(int fd, char *b, size_t n)
{
	struct iovec v[12];
	return pwritev2(fd, v, cut(b, n, v, 12), -1, 0);
}
static ssize_t read_vector2(int fd, char *b, size_t n)
{
	struct iovec v[12];
	return preadv2(fd, v, cut(b, n, v, 12), -1, 0);
}
static ssize_t send_plain(int fd, char *b, size_t n)
{
	return send(fd, b, n, 0);
}
static ssize_t recv_plain(int fd, char *b, size_t n)
{
	return recv(fd, b, n, 0);
}
static ssize_t recv_all(int fd, char *b, size_t n)
{
	return recv(fd, b, n, MSG_WAITALL);
}
static ssize_t peek_then_recv(int fd, char *b, size_t n)
{
	if (recv(fd, b, n, MSG_PEEK) <= 0)
		return -1;
	return recv(fd, b, n, 0);
}
static ssize_t send_message(int fd, char *b, size_t n)
{
	struct iovec v[12];
	struct msghdr m = {.msg_iov = v, .msg_iovlen = cut(b, n, v, 12)};
	return sendmsg(fd, &m, 0);
}
static ssize_t recv_message(int fd, char *b, size_t n)
{
	struct iovec v[12];
	struct msghdr m = {.msg_iov = v, .msg_iovlen = cut(b, n, v, 12)};
	return recvmsg(fd, &m, 0);
}

/* Three messages in one call. */
static ssize_t messages(int fd, char *b, size_t n, int sending)
{
	struct iovec v[3][12];
	struct mmsghdr m[3] = {0};
	size_t third = n / 3, at = 0;
	for (int i = 0; i < 3; i++) {
		size_t size = i == 2 ? n - at : third;
		m[i].msg_hdr = (struct msghdr){.msg_iov = v[i], .msg_iovlen = cut(b + at, size, v[i], 12)};
		at += size;
	}
	/* Receiving, the pieces of a message that is not full would leave holes. */
	int done = sending ? sendmmsg(fd, m, 3, 0) : recvmmsg(fd, m, 3, MSG_WAITALL, NULL);
	ssize_t sum = 0;
	for (int i = 0; i < done; i++)
		sum += m[i].msg_len;
	return done < 0 ? -1 : sum;
}
static ssize_t send_messages(int fd, char *b, size_t n)
{
	return messages(fd, b, n, 1);
}
static ssize_t recv_messages(int fd, char *b, size_t n)
{
	return messages(fd, b, n, 0);
}

/* A file with the pattern. */
static int file(void)
{
	static int fd;
	if (!fd) {
		fd = memfd_create("pattern", 0);
		if (write(fd, pattern, total) != (ssize_t)total)
			die("memfd");
	}
	return fd;
}
static ssize_t send_file(int fd, char *b, size_t n)
{
	off_t at = b - pattern;
	return sendfile(fd, file(), &at, n);
}
static ssize_t splice_out(int fd, char *b, size_t n)
{
	static int pipes[2];
	loff_t at = b - pattern;
	if (!pipes[0] && pipe(pipes))
		die("pipe");
	ssize_t in = splice(file(), &at, pipes[1], NULL, n, 0);
	for (ssize_t left = in; left > 0;) {
		ssize_t moved = splice(pipes[0], NULL, fd, NULL, left, 0);
		if (moved <= 0)
			die("splice");
		left -= moved;
	}
	return in;
}
static ssize_t discard(int fd, char *b, size_t n)
{
	ssize_t got = recv(fd, NULL, n, MSG_TRUNC);
	if (got > 0)
		memcpy(b, pattern + total - n, got); /* nobody can compare what nobody was given */
	return got;
}

/* One request of io_uring at a time, without its library. */
static ssize_t ring(int fd, char *b, size_t n, int opcode)
{
	struct io_uring_params p = {0};
	int ring = syscall(SYS_io_uring_setup, 2, &p);
	if (ring < 0)
		die("io_uring_setup");
	char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4 + 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
			IORING_OFF_CQ_RING);
	struct io_uring_sqe *e = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || e == MAP_FAILED)
		die("mmap");
	*e = (struct io_uring_sqe){.opcode = opcode, .fd = fd, .addr = (unsigned long)b, .len = n};
	*(unsigned *)(sq + p.sq_off.array) = 0;
	atomic_store((_Atomic unsigned *)(sq + p.sq_off.tail), 1);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		die("io_uring_enter");
	int result = ((struct io_uring_cqe *)(cq + p.cq_off.cqes))->res;
	close(ring);
	return result;
}
static ssize_t ring_send(int fd, char *b, size_t n)
{
	return ring(fd, b, n, IORING_OP_SEND);
}
static ssize_t ring_recv(int fd, char *b, size_t n)
{
	return ring(fd, b, n, IORING_OP_RECV);
}

static const struct form {
	const char *name;
	ssize_t (*send)(int, char *, size_t);
	ssize_t (*receive)(int, char *, size_t);
} forms[] = {
	{"read-write", (void *)write, (void *)read},
	{"send-recv", send_plain, recv_plain},
	{"waitall", send_plain, recv_all},
	{"peek", send_plain, peek_then_recv},
	{"vectors", write_vector, read_vector},
	{"crumbs", write_crumbs, read_crumbs},
	{"vectors2", write_vector2, read_vector2},
	{"messages", send_message, recv_message},
	{"many-messages", send_messages, recv_messages},
	{"sendfile", send_file, recv_plain},
	{"splice", splice_out, recv_plain},
	{"truncate", send_plain, discard},
	{"io-uring", ring_send, ring_recv},
	{"nonblocking", send_plain, recv_plain},
};

static const struct form *form;

static void wait_for(int fd, short what)
{
	struct pollfd p = {.fd = fd, .events = what};
	poll(&p, 1, -1);
}

static void move(int fd, ssize_t (*call)(int, char *, size_t), char *bytes, short what)
{
	for (size_t at = 0; at < total;) {
		ssize_t moved = call(fd, bytes + at, total - at);
		if (moved < 0 && errno == EAGAIN)
			wait_for(fd, what);
		else if (moved <= 0)
			die("moving");
		else
			at += moved;
	}
}

static void receive(int fd)
{
	char *bytes = calloc(1, total);
	move(fd, form->receive, bytes, POLLIN);
	if (memcmp(bytes, pattern, total)) {
		fprintf(stderr, "other bytes came\n");
		exit(1);
	}
	free(bytes);
}

/* Small buffers and no waiting: most calls move less than they were asked to. */
static void unblock(int fd)
{
	int size = 8192;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void *serve(void *listener)
{
	int fd = accept(*(int *)listener, NULL, NULL);
	char end;
	if (strcmp(form->name, "nonblocking") == 0)
		unblock(fd);
	receive(fd);
	move(fd, form->send, pattern, POLLOUT);
	fcntl(fd, F_SETFL, 0);
	if (read(fd, &end, 1) != 0)
		die("end");
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
	pthread_t server;
	total = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (argc == 3 && strcmp(forms[i].name, argv[1]) == 0)
			form = &forms[i];
	if (!form || !total) {
		fprintf(stderr, "forms <form> <bytes>\n");
		return 2;
	}
	pattern = malloc(total);
	for (size_t i = 0; i < total; i++)
		pattern[i] = i * 31 + i / 256 * 17;
	if (bind(listener, (void *)&at, size) || listen(listener, 1) || getsockname(listener, (void *)&at, &size))
		die("listen");
	pthread_create(&server, NULL, serve, &listener);
	if (connect(fd, (void *)&at, size))
		die("connect");
	if (strcmp(form->name, "nonblocking") == 0)
		unblock(fd);
	move(fd, form->send, pattern, POLLOUT);
	receive(fd);
	close(fd);
	pthread_join(server, NULL);
	return 0;
}
