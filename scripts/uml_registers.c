/*
 * Lets User-Mode Linux 6.1 run on processors with AMX; `scripts/with-vcan` preloads it there.
 *
 * It keeps 2,696 bytes of a process's floating-point registers and gives them back by ptrace. With
 * AMX the host's kernel has more of them, 11,008 bytes, and takes them back only whole: the first
 * process of User-Mode Linux dies. So the bytes beyond are added here, in their initial state: no
 * process in there has AMX, as it must ask its kernel for that, and this one cannot give it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Where an XSAVE area names the parts that are not in their initial state, and the bits of AMX. */
enum { STATES_AT = 512 };
static const uint64_t AMX_STATES = UINT64_C(3) << 17;

typedef long (*ptrace_function)(int request, pid_t pid, void *addr, void *data);

static char area[65536];

static long set_whole_area(ptrace_function real, pid_t pid, const struct iovec *part) {
  static size_t area_bytes;
  if (area_bytes == 0) {
    struct iovec whole = {area, sizeof area};
    if (real(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &whole) < 0) return -1;
    area_bytes = whole.iov_len;
    memset(area, 0, sizeof area);
  }
  if (part->iov_len >= area_bytes) return real(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, (void *)part);
  memcpy(area, part->iov_base, part->iov_len);
  uint64_t states;
  memcpy(&states, area + STATES_AT, sizeof states);
  states &= ~AMX_STATES;
  memcpy(area + STATES_AT, &states, sizeof states);
  struct iovec whole = {area, area_bytes};
  return real(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &whole);
}

long ptrace(enum __ptrace_request request, ...) {
  static ptrace_function real;
  if (real == NULL) real = (ptrace_function)dlsym(RTLD_NEXT, "ptrace");
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  void *addr = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);
  if (request == PTRACE_SETREGSET && addr == (void *)NT_X86_XSTATE)
    return set_whole_area(real, pid, data);
  return real(request, pid, addr, data);
}
