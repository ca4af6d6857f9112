/*
 * What pino-funnel needs of the system and Node.js has no call for: to map a file into memory, to unmap it, to survive
 * a store into a file that takes no stores any more, and to wait for a child that Node.js did not start.
 *
 * map(descriptor, length)  maps the beginning of a file, shared. Gives an ArrayBuffer, or the error number.
 *
 *     |<------ the file's part, whole pages ------>|<------- one page of memory ------->|
 *     start                                        start + length      the last byte: lost
 *
 * unmap(arrayBuffer)       unmaps it at once. The ArrayBuffer is detached: it has a length of 0 from then on.
 * reap(pid)                waitpid(2) without waiting. Gives what it returns.
 *
 * The guard. A store into a mapped file is a SIGBUS when the file was cut, or when its file system has shut down, and the
 * default action kills the process. The handler puts plain memory in the place of the file's part, sets `lost`, and the
 * store goes on. Nothing more reaches the file; the writer reads `lost` after each store. All other SIGBUS go to the
 * handler that was there before. Each call of map puts the guard back in force where another handler has replaced it.
 *
 * What always holds: no call throws, and each napi_status is checked, because a thread that is being terminated can do
 * nothing in JavaScript any more. What a thread has mapped is unmapped when its ArrayBuffer goes, at the latest with its
 * environment. Only Node-API and a few functions that every C library has are called, so that one binary fits them all.
 */
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#define NAPI_VERSION 8
#include <node_api.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __APPLE__
#include <dlfcn.h>
#endif

/*
 * The table of mappings, which the handler reads without a lock. A slot changes only by the thread that has taken it,
 * and a thread stores only into what it has mapped itself. So the slot of the address that was stored to stands still
 * while the handler runs; one that changes under its eyes is that of another thread.
 */
struct mapping {
  atomic_bool taken;
  /* 0 while nothing is mapped. */
  _Atomic uintptr_t start;
  /* Of the file's part. */
  _Atomic size_t length;
};

/* A thread that logs has about six. Slots that were never taken cost no memory. */
#define SLOTS 16384
static struct mapping mappings[SLOTS];
/* No slot from here on was ever taken. */
static _Atomic size_t used;

static struct mapping *take_slot(void) {
  for (size_t index = 0; index < SLOTS; index++) {
    bool taken = false;
    if (!atomic_compare_exchange_strong(&mappings[index].taken, &taken, true)) continue;
    size_t known = atomic_load(&used);
    while (known <= index && !atomic_compare_exchange_weak(&used, &known, index + 1)) {
    }
    return &mappings[index];
  }
  return NULL;
}

/* Bytes. Known before any mapping is: the handler must not ask for it. */
static size_t page_size;

static size_t whole_pages(size_t bytes) { return (bytes + page_size - 1) / page_size * page_size; }

/* Maps the file and the page after it into `slot`. Gives 0 or the error number. */
static int map_into(struct mapping *slot, int descriptor, size_t bytes) {
  size_t length = whole_pages(bytes);
  char *start = mmap(NULL, length + page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return errno;
  if (mmap(start, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, 0) == MAP_FAILED) {
    int reason = errno;
    munmap(start, length + page_size);
    return reason;
  }
  atomic_store(&slot->length, length);
  atomic_store(&slot->start, (uintptr_t)start);
  return 0;
}

/* The slot stays taken until the ArrayBuffer is gone. */
static void unmap_slot(struct mapping *slot) {
  uintptr_t start = atomic_exchange(&slot->start, 0);
  if (start != 0) munmap((void *)start, atomic_load(&slot->length) + page_size);
}

/* Node.js calls this when the ArrayBuffer was collected, and when the environment is torn down. */
static void on_buffer_gone(napi_env env, void *data, void *hint) {
  (void)env, (void)data;
  struct mapping *slot = hint;
  unmap_slot(slot);
  atomic_store(&slot->taken, false);
}

/* --- The guard --- */

/*
 * The handler before. A handler that was installed later replaces the guard, until map puts it back in force: then the
 * other slot is filled before it becomes current, so that a signal in another thread never meets half a handler.
 */
static struct sigaction formers[2];
static _Atomic size_t current_former;
static atomic_flag installing = ATOMIC_FLAG_INIT;

/* Puts memory in the place of the file's part that has the address. False when it is none of ours. */
static bool replace_file(uintptr_t address) {
  size_t end = atomic_load(&used);
  for (size_t index = 0; index < end; index++) {
    uintptr_t start = atomic_load(&mappings[index].start);
    size_t length = atomic_load(&mappings[index].length);
    if (start == 0 || address < start || address - start >= length) continue;
    if (atomic_load(&mappings[index].start) != start) continue;
    void *memory = mmap((void *)start, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (memory == MAP_FAILED) return false;
    ((volatile char *)start)[length + page_size - 1] = 1;
    return true;
  }
  return false;
}

/*
 * Signals that are being passed on. A handler that was installed later may call the guard as its own former, while the
 * guard has it for its own: the same `info` comes again then, further down the same stack. A handler that leaves by
 * longjmp leaves its entry; `frame` tells the next signal there from one that comes again.
 */
struct passing {
  _Atomic uintptr_t info;
  uintptr_t frame;
  unsigned times;
};

/* More at once are passed on as if each came for the first time. */
#define PASSINGS 64
static struct passing passings[PASSINGS];

static struct passing *enter_passing(uintptr_t info, uintptr_t frame) {
  struct passing *entry = NULL;
  for (size_t index = 0; index < PASSINGS && entry == NULL; index++) {
    if (atomic_load(&passings[index].info) == info) entry = &passings[index];
  }
  for (size_t index = 0; index < PASSINGS && entry == NULL; index++) {
    uintptr_t none = 0;
    if (atomic_compare_exchange_strong(&passings[index].info, &none, info)) entry = &passings[index];
  }
  if (entry == NULL) return NULL;
  bool comes_again = entry->times > 0 && frame < entry->frame;
  if (!comes_again) entry->frame = frame;
  entry->times = comes_again ? entry->times + 1 : 1;
  return entry;
}

/* The handler that the guard has for its former, then the one before that, then none. */
static struct sigaction former_for(const struct passing *entry) {
  struct sigaction none = {.sa_handler = SIG_DFL};
  size_t current = atomic_load(&current_former);
  if (entry == NULL || entry->times == 1) return formers[current];
  return entry->times == 2 ? formers[1 - current] : none;
}

static void call_former(struct sigaction former, int signal, siginfo_t *info, void *context, bool was_sent) {
  struct sigaction by_default = {.sa_handler = SIG_DFL};
  if (former.sa_flags & SA_RESETHAND) sigaction(SIGBUS, &by_default, NULL);
  if (former.sa_flags & SA_SIGINFO) {
    former.sa_sigaction(signal, info, context);
  } else if (former.sa_handler != SIG_DFL && former.sa_handler != SIG_IGN) {
    former.sa_handler(signal);
  } else if (!was_sent) {
    /* The access is made again when the handler returns, and fails again. It can't be ignored. */
    sigaction(SIGBUS, &by_default, NULL);
  } else if (former.sa_handler == SIG_DFL) {
    sigaction(SIGBUS, &by_default, NULL);
    raise(signal);
  }
}

static void pass_on(int signal, siginfo_t *info, void *context, bool was_sent) {
  char here;
  struct passing *entry = enter_passing((uintptr_t)info, (uintptr_t)&here);
  call_former(former_for(entry), signal, info, context, was_sent);
  if (entry == NULL || entry->frame != (uintptr_t)&here) return;
  entry->times = 0;
  atomic_store(&entry->info, 0);
}

/* It calls mmap, which is a plain system call, and functions that POSIX calls async-signal-safe. */
static void on_bus_error(int signal, siginfo_t *info, void *context) {
  bool was_sent = info->si_code <= 0 || info->si_code == SI_USER;
  if (!was_sent && replace_file((uintptr_t)info->si_addr)) return;
  pass_on(signal, info, context, was_sent);
}

/* The flags and the mask are those of the handler before, for which the guard may have to stand in. */
static void install_guard(void) {
  struct sigaction now;
  if (atomic_flag_test_and_set(&installing)) return;
  if (sigaction(SIGBUS, NULL, &now) == 0 && now.sa_sigaction != on_bus_error) {
    /* A handler that is installed again keeps its place: the one before it is still needed. */
    size_t next = atomic_load(&current_former);
    if (formers[next].sa_sigaction != now.sa_sigaction) next = 1 - next;
    formers[next] = now;
    atomic_store(&current_former, next);
    now.sa_sigaction = on_bus_error;
    now.sa_flags = (now.sa_flags & ~SA_RESETHAND) | SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGBUS, &now, NULL);
  }
  atomic_flag_clear(&installing);
}

/*
 * Runs once in each process, when the first of its threads loads this file: the linker keeps it loaded (-z nodelete), as
 * the handler stays when all threads that have loaded it are gone.
 */
__attribute__((constructor)) static void on_load(void) {
#ifdef __APPLE__
  Dl_info self;
  if (dladdr((void *)on_load, &self) != 0) dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
#endif
  page_size = (size_t)getpagesize();
  install_guard();
}

/* --- The calls from JavaScript; each gives undefined when its thread is being terminated --- */

static napi_value number(napi_env env, int32_t value) {
  napi_value result;
  return napi_create_int32(env, value, &result) == napi_ok ? result : NULL;
}

static napi_value map(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  int32_t descriptor;
  int64_t bytes;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 2) return NULL;
  if (napi_get_value_int32(env, arguments[0], &descriptor) != napi_ok) return NULL;
  if (napi_get_value_int64(env, arguments[1], &bytes) != napi_ok || bytes <= 0) return NULL;
  install_guard();
  struct mapping *slot = take_slot();
  if (slot == NULL) return number(env, ENOMEM);
  int reason = map_into(slot, descriptor, (size_t)bytes);
  if (reason != 0) {
    atomic_store(&slot->taken, false);
    return number(env, reason);
  }
  void *start = (void *)atomic_load(&slot->start);
  size_t total = atomic_load(&slot->length) + page_size;
  napi_value buffer;
  if (napi_create_external_arraybuffer(env, start, total, on_buffer_gone, slot, &buffer) == napi_ok) return buffer;
  unmap_slot(slot);
  atomic_store(&slot->taken, false);
  return NULL;
}

static napi_value unmap(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value buffer;
  void *start;
  size_t total;
  if (napi_get_cb_info(env, info, &count, &buffer, NULL, NULL) != napi_ok || count < 1) return NULL;
  if (napi_get_arraybuffer_info(env, buffer, &start, &total) != napi_ok || total == 0) return NULL;
  /* Otherwise it stays mapped as long as the ArrayBuffer is there. */
  if (napi_detach_arraybuffer(env, buffer) != napi_ok) return NULL;
  size_t end = atomic_load(&used);
  for (size_t index = 0; index < end; index++) {
    if (atomic_load(&mappings[index].start) != (uintptr_t)start) continue;
    unmap_slot(&mappings[index]);
    /* Another thread may map at the same address from here on. */
    break;
  }
  return NULL;
}

static napi_value reap(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  int32_t pid;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count < 1) return NULL;
  if (napi_get_value_int32(env, argument, &pid) != napi_ok || pid <= 0) return NULL;
  return number(env, (int32_t)waitpid(pid, NULL, WNOHANG));
}

static void export(napi_env env, napi_value exports, const char *name, napi_callback call) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &function) != napi_ok) return;
  if (napi_set_named_property(env, exports, name, function) != napi_ok) return;
}

NAPI_MODULE_INIT() {
  export(env, exports, "map", map);
  export(env, exports, "unmap", unmap);
  export(env, exports, "reap", reap);
  return exports;
}
