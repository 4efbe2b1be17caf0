/* Functions in ELF files, by symbol. */
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
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
			if (!symbols[j].offset && strcmp(symbols[j].name, name) == 0)
				symbols[j].offset = file_offset(elf, entry.st_value);
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

bool find_symbols(const char *path, struct symbol *symbols, size_t count)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bool ok = elf && elf_kind(elf) == ELF_K_ELF && this_machine(elf);
	Elf_Scn *section = NULL;
	while (ok && (section = elf_nextscn(elf, section))) {
		GElf_Shdr head;
		if (gelf_getshdr(section, &head) && (head.sh_type == SHT_DYNSYM || head.sh_type == SHT_SYMTAB))
			search(elf, section, &head, symbols, count);
	}
	elf_end(elf);
	close(fd);
	return ok;
}
