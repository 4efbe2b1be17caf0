/* Functions in ELF files, by symbol. */
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

/* Where in the file the code at a virtual address is; 0 when no executable segment has it. */
static uint64_t file_offset(Elf *elf, uint64_t address)
{
	size_t headers = 0;
	elf_getphdrnum(elf, &headers);
	for (size_t i = 0; i < headers; i++) {
		GElf_Phdr segment;
		if (!gelf_getphdr(elf, i, &segment) || segment.p_type != PT_LOAD || !(segment.p_flags & PF_X))
			continue;
		if (address >= segment.p_vaddr && address < segment.p_vaddr + segment.p_filesz)
			return address - segment.p_vaddr + segment.p_offset;
	}
	return 0;
}

static void search(Elf *elf, Elf_Scn *section, const GElf_Shdr *head, struct symbol *symbols, size_t count)
{
	Elf_Data *data = elf_getdata(section, NULL);
	if (!data || !head->sh_entsize)
		return;
	size_t entries = head->sh_size / head->sh_entsize;
	for (size_t i = 0; i < entries; i++) {
		GElf_Sym entry;
		if (!gelf_getsym(data, i, &entry) || GELF_ST_TYPE(entry.st_info) != STT_FUNC || entry.st_shndx == SHN_UNDEF)
			continue;
		const char *name = elf_strptr(elf, head->sh_link, entry.st_name);
		/* All names wanted begin so; most of the hundred thousands of a large program do not. */
		if (!name || (strncmp(name, "SSL_", 4) && strncmp(name, "BIO_", 4)))
			continue;
		for (size_t j = 0; j < count; j++)
			if (!symbols[j].offset && strcmp(symbols[j].name, name) == 0) {
				symbols[j].offset = file_offset(elf, entry.st_value);
				symbols[j].size = entry.st_size;
			}
	}
}

static bool this_machine(Elf *elf)
{
#if defined(__x86_64__)
	enum { MACHINE = EM_X86_64 };
#else
	enum { MACHINE = EM_AARCH64 };
#endif
	GElf_Ehdr head;
	return gelf_getehdr(elf, &head) && head.e_machine == MACHINE && head.e_ident[EI_CLASS] == ELFCLASS64;
}

static void read_sections(Elf *elf, struct symbol *symbols, size_t count, struct image *image)
{
	size_t names = 0;
	Elf_Scn *section = NULL;
	elf_getshdrstrndx(elf, &names);
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr head;
		if (!gelf_getshdr(section, &head))
			continue;
		const char *name = elf_strptr(elf, names, head.sh_name);
		if (head.sh_type == SHT_DYNSYM || head.sh_type == SHT_SYMTAB)
			search(elf, section, &head, symbols, count);
		if (name && strcmp(name, ".text") == 0 && head.sh_offset + head.sh_size <= image->size) {
			image->text_begin = head.sh_offset;
			image->text_end = head.sh_offset + head.sh_size;
		}
	}
}

bool open_image(const char *path, struct symbol *symbols, size_t count, struct image *image)
{
	struct stat at;
	bool ok = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	*image = (struct image){0};
	if (fd < 0)
		return false;
	void *bytes = fstat(fd, &at) == 0 && at.st_size > 0 ? mmap(NULL, at.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	close(fd);
	if (bytes == MAP_FAILED)
		return false;
	image->bytes = bytes;
	image->size = at.st_size;
	elf_version(EV_CURRENT);
	Elf *elf = elf_memory(bytes, at.st_size);
	if (elf && elf_kind(elf) == ELF_K_ELF && this_machine(elf)) {
		read_sections(elf, symbols, count, image);
		ok = true;
	}
	elf_end(elf);
	if (!ok)
		close_image(image);
	return ok;
}

void close_image(struct image *image)
{
	munmap((void *)image->bytes, image->size);
}
