/*
 * Where in a function a probe costs least. On x86-64 the kernel carries out a few instructions itself when a probe lies on them
 * (push of a register, jumps, calls); any other it must single-step, which takes ten times as long, most of all in
 * virtual machines. Functions that the compiler begins with one of the others are probed a few instructions later, or, where
 * the stack must still be that of the entry, in the function that does their work.
 */
#include <string.h>

#include "agent.h"

#if defined(__x86_64__)

static bool emulated(const uint8_t *at)
{
	bool push = (at[0] & 0xf8) == 0x50 || (at[0] == 0x41 && (at[1] & 0xf8) == 0x50);
	bool jump = (at[0] & 0xf0) == 0x70 || (at[0] == 0x0f && (at[1] & 0xf0) == 0x80) || at[0] == 0xe9 || at[0] == 0xeb;
	return push || jump || at[0] == 0xe8;
}

/*
 * Length of an instruction that leaves alone all registers with arguments, as compilers begin functions with; 0: another one.
 * `moves` is set when it changes the stack pointer.
 */
static size_t harmless(const uint8_t *at, bool *moves)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	static const uint8_t load_canary[] = {0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0};
	static const uint8_t store_canary[] = {0x48, 0x89, 0x44, 0x24};
	static const uint8_t clear_eax[] = {0x31, 0xc0};
	static const uint8_t lower_stack[] = {0x48, 0x83, 0xec};
	static const uint8_t lower_stack_far[] = {0x48, 0x81, 0xec};
	size_t rex = (at[0] & 0xf0) == 0x40;
	if (memcmp(at, endbr64, sizeof endbr64) == 0)
		return sizeof endbr64;
	if (memcmp(at, load_canary, sizeof load_canary) == 0)
		return sizeof load_canary;
	if (memcmp(at, store_canary, sizeof store_canary) == 0)
		return sizeof store_canary + 1;
	if (memcmp(at, clear_eax, sizeof clear_eax) == 0)
		return sizeof clear_eax;
	/* test register, register */
	if (at[rex] == 0x85 && at[rex + 1] >= 0xc0)
		return rex + 2;
	if (memcmp(at, lower_stack, sizeof lower_stack) == 0) {
		*moves = true;
		return sizeof lower_stack + 1;
	}
	if (memcmp(at, lower_stack_far, sizeof lower_stack_far) == 0) {
		*moves = true;
		return sizeof lower_stack_far + 4;
	}
	return 0;
}

enum { LONGEST = 9 };

bool cheap_place(const struct image *image, uint64_t offset, bool at_entry, uint64_t *place)
{
	bool moved = false;
	for (uint64_t at = offset; at + LONGEST < image->text_end;) {
		const uint8_t *code = image->bytes + at;
		if (moved && at_entry)
			return false;
		if (emulated(code)) {
			*place = at;
			return true;
		}
		size_t length = harmless(code, &moved);
		if (length == 0)
			return false;
		at += length;
	}
	return false;
}

/* Targets of direct calls in a function, as far as they look like functions of the same file. */
static size_t callees(const struct image *image, const struct symbol *function, uint64_t *targets, size_t most)
{
	size_t count = 0;
	for (uint64_t at = function->offset; at + 5 <= function->offset + function->size && at + 5 <= image->text_end; at++) {
		int32_t distance;
		if (image->bytes[at] != 0xe8)
			continue;
		memcpy(&distance, image->bytes + at + 1, sizeof distance);
		uint64_t target = at + 5 + (int64_t)distance;
		/* Procedure linkage tables lie outside of .text. */
		if (target >= image->text_begin && target < image->text_end && target % 16 == 0 && count < most)
			targets[count++] = target;
	}
	return count;
}

uint64_t shared_callee(const struct image *image, const struct symbol *one, const struct symbol *other)
{
	enum { MOST = 16 };
	uint64_t first[MOST], second[MOST], found = 0;
	size_t firsts = callees(image, one, first, MOST), seconds = callees(image, other, second, MOST);
	for (size_t i = 0; i < firsts; i++)
		for (size_t j = 0; j < seconds; j++) {
			if (first[i] != second[j])
				continue;
			if (found && found != first[i])
				return 0;
			found = first[i];
		}
	return found;
}

#else

/* Probes cost the same everywhere. */
bool cheap_place(const struct image *image, uint64_t offset, bool at_entry, uint64_t *place)
{
	(void)image, (void)at_entry;
	*place = offset;
	return true;
}

uint64_t shared_callee(const struct image *image, const struct symbol *one, const struct symbol *other)
{
	(void)image, (void)one, (void)other;
	return 0;
}

#endif
