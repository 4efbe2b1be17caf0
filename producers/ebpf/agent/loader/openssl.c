#include <string.h>

#include "agent.h"

/*
 * What is attached where. Functions of program `openssl_other` need only be known to be under way: they have no part in what is
 * read or written.
 */
static const struct {
	const char *symbol, *program;
	bool returns;
} functions[] = {
	{"SSL_read", "openssl_read", true},
	{"SSL_write", "openssl_write", true},
	{"SSL_read_ex", "openssl_read_ex", true},
	{"SSL_read_early_data", "openssl_read_ex", true},
	{"SSL_write_ex", "openssl_write_ex", true},
	{"SSL_write_early_data", "openssl_write_ex", true},
	{"SSL_sendfile", "openssl_sendfile", true},
	{"SSL_do_handshake", "openssl_other", true},
	{"SSL_accept", "openssl_other", true},
	{"SSL_connect", "openssl_other", true},
	{"SSL_shutdown", "openssl_other", true},
	{"SSL_peek", "openssl_other", true},
	{"SSL_peek_ex", "openssl_other", true},
	{"SSL_free", "openssl_free", false},
	{"BIO_write", "openssl_bio_write", false},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions, READ = 0, WRITE = 1, READ_EX = 2, WRITE_EX = 4, BIO = FUNCTIONS - 1 };

/*
 * SSL_read and SSL_read_ex, and likewise the two that write, are small shells around one function that has the arguments of the
 * second: `int (SSL *, void *, size_t, size_t *moved)`. Where it can be found and is the cheaper place, it is probed
 * instead of both.
 */
static void use_inner(const struct image *image, struct symbol *symbols, int plain, int extended)
{
	uint64_t place, inner = shared_callee(image, &symbols[plain], &symbols[extended]);
	if (!inner || !cheap_place(image, inner, true, &place))
		return;
	symbols[plain].offset = 0;
	symbols[extended].offset = place;
}

/* Attaches a program to all its functions that are there. */
static bool attach_at(const char *path, const struct symbol *symbols, const char *program, char *why, size_t why_size)
{
	uint64_t offsets[FUNCTIONS];
	size_t count = 0;
	bool returns = strcmp(program, "openssl_leave") == 0;
	for (int i = 0; i < FUNCTIONS; i++)
		if (symbols[i].offset && (returns ? functions[i].returns : strcmp(functions[i].program, program) == 0))
			offsets[count++] = symbols[i].offset;
	return count == 0 || attach_functions(program, path, offsets, count, returns, why, why_size);
}

static enum probed attach_all(const char *path, const struct symbol *symbols, bool tls, char *why, size_t why_size)
{
	/* The return first: a call that is marked as begun is then certain to be seen ending. */
	static const char *const programs[] = {"openssl_leave",	  "openssl_free",     "openssl_bio_write",
					       "openssl_other",	  "openssl_sendfile", "openssl_read",
					       "openssl_read_ex", "openssl_write",    "openssl_write_ex"};
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (!attach_at(path, symbols, programs[i], why, why_size))
			return PROBED_FAILED;
	return tls ? PROBED_TLS : PROBED_CRYPTO;
}

enum probed probe_openssl(const char *path, char *why, size_t why_size)
{
	struct symbol symbols[FUNCTIONS];
	struct image image;
	for (int i = 0; i < FUNCTIONS; i++)
		symbols[i] = (struct symbol){.name = functions[i].symbol};
	if (!open_image(path, symbols, FUNCTIONS, &image))
		return PROBED_NOT;
	bool tls = symbols[READ].offset && symbols[WRITE].offset;
	for (int i = 0; i < BIO && !tls; i++)
		symbols[i].offset = 0;
	if (tls) {
		use_inner(&image, symbols, READ, READ_EX);
		use_inner(&image, symbols, WRITE, WRITE_EX);
	}
	bool any = false;
	for (int i = 0; i < FUNCTIONS; i++) {
		any |= symbols[i].offset != 0;
		cheap_place(&image, symbols[i].offset, functions[i].returns, &symbols[i].offset);
	}
	close_image(&image);
	return any ? attach_all(path, symbols, tls, why, why_size) : PROBED_NOT;
}
