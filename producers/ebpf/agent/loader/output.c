#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

/* Bytes from `from` to `until` wait to be written. It is read from the ring only while little waits, so it stays bounded. */
static struct {
	uint8_t *bytes;
	size_t size, from, until;
} buffer;

static uint8_t *room(size_t bytes)
{
	if (buffer.size - buffer.until < bytes && buffer.from > 0) {
		memmove(buffer.bytes, buffer.bytes + buffer.from, buffer.until - buffer.from);
		buffer.until -= buffer.from;
		buffer.from = 0;
	}
	if (buffer.size - buffer.until < bytes) {
		buffer.size = (buffer.until + bytes) * 2;
		buffer.bytes = realloc(buffer.bytes, buffer.size);
		if (!buffer.bytes)
			abort();
	}
	return buffer.bytes + buffer.until;
}

void put_frame(const struct frame *frame, const void *head, size_t head_size, const void *body, size_t body_size)
{
	/* The wire is little-endian, as are both architectures. */
	struct __attribute__((packed)) {
		uint32_t length;
		struct frame frame;
	} start = {sizeof *frame + head_size + body_size, *frame};
	uint8_t *at = room(sizeof start + head_size + body_size);
	memcpy(at, &start, sizeof start);
	if (head_size)
		memcpy(at + sizeof start, head, head_size);
	if (body_size)
		memcpy(at + sizeof start + head_size, body, body_size);
	buffer.until += sizeof start + head_size + body_size;
}

static void put_text(uint8_t type, const char *text, size_t size)
{
	struct frame frame = {.type = type, .time = wall_us(boottime_ns())};
	put_frame(&frame, NULL, 0, text, size);
}

void put_json(uint8_t type, const char *format, ...)
{
	char text[8192];
	va_list values;
	va_start(values, format);
	int size = vsnprintf(text, sizeof text, format, values);
	va_end(values);
	if (size > 0 && (size_t)size < sizeof text)
		put_text(type, text, size);
}

const char *quoted(const char *text)
{
	static char buffers[8][1024];
	static unsigned turn;
	char *start = buffers[turn++ % 8], *at = start;
	*at++ = '"';
	for (; *text && at < start + 1000; text++) {
		unsigned char letter = *text;
		/* File names may be any bytes; what is no ASCII is shown as Latin-1. */
		if (letter == '"' || letter == '\\')
			at += sprintf(at, "\\%c", letter);
		else if (letter < 0x20 || letter > 0x7e)
			at += sprintf(at, "\\u%04x", letter);
		else
			*at++ = letter;
	}
	*at++ = '"';
	*at = 0;
	return start;
}

void log_line(const char *level, const char *format, ...)
{
	char text[900];
	va_list values;
	va_start(values, format);
	vsnprintf(text, sizeof text, format, values);
	va_end(values);
	put_json(FRAME_LOG, "{\"level\":\"%s\",\"text\":%s}", level, quoted(text));
}

size_t output_pending(void)
{
	return buffer.until - buffer.from;
}

bool flush_output(void)
{
	while (output_pending() > 0) {
		ssize_t wrote = write(STDOUT_FILENO, buffer.bytes + buffer.from, output_pending());
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return errno == EAGAIN;
		buffer.from += wrote;
	}
	buffer.from = buffer.until = 0;
	return true;
}

void drain_output(int ms)
{
	uint64_t until = boottime_ns() + ms * 1000000ull;
	while (flush_output() && output_pending() > 0 && boottime_ns() < until) {
		struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
		if (poll(&out, 1, 100) > 0 && (out.revents & (POLLERR | POLLHUP)))
			return;
	}
}
