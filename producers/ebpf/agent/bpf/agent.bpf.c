/* All programs, one object. Each kind of probe is a folder. */
#include "kernel.h"

#include "lifetime.h"
#include "openssl/openssl.h"
#include "syscalls/syscalls.h"

/* Some helpers are for programs with this licence only. */
char LICENSE[] SEC("license") = "Dual BSD/GPL";
