/*
 * A process without Node.js: it plays the part of Node-API for the binary that it loads, so that the guard is tried with
 * any C library. host.test.c <binary> <file> <scenario>
 */
#define _DEFAULT_SOURCE
#define NAPI_VERSION 8
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define BYTES 65536
#define THREADS 8

static napi_callback map_call, unmap_call;

/* A call: its arguments, and what the ArrayBuffer of its result would be. */
static _Thread_local napi_value arguments[2];
static _Thread_local void *memory;
static _Thread_local size_t memory_bytes;

static napi_value value_of(intptr_t number) { return (napi_value)number; }

EXPORT napi_status napi_create_function(napi_env e, const char *name, size_t n, napi_callback call, void *d, napi_value *r) {
  (void)e, (void)n, (void)d, (void)r;
  if (strcmp(name, "map") == 0) map_call = call;
  if (strcmp(name, "unmap") == 0) unmap_call = call;
  return napi_ok;
}
EXPORT napi_status napi_set_named_property(napi_env e, napi_value o, const char *n, napi_value v) {
  (void)e, (void)o, (void)n, (void)v;
  return napi_ok;
}
EXPORT napi_status napi_get_cb_info(napi_env e, napi_callback_info i, size_t *n, napi_value *a, napi_value *t, void **d) {
  (void)e, (void)i, (void)t, (void)d;
  memcpy(a, arguments, *n * sizeof *a);
  return napi_ok;
}
EXPORT napi_status napi_get_value_int32(napi_env e, napi_value v, int32_t *r) {
  (void)e;
  *r = (int32_t)(intptr_t)v;
  return napi_ok;
}
EXPORT napi_status napi_get_value_int64(napi_env e, napi_value v, int64_t *r) {
  (void)e;
  *r = (int64_t)(intptr_t)v;
  return napi_ok;
}
EXPORT napi_status napi_create_int32(napi_env e, int32_t v, napi_value *r) {
  (void)e;
  *r = value_of(v);
  return napi_ok;
}
EXPORT napi_status napi_create_external_arraybuffer(napi_env e, void *data, size_t n, napi_finalize f, void *h, napi_value *r) {
  (void)e, (void)f, (void)h;
  memory = data;
  memory_bytes = n;
  *r = value_of(1);
  return napi_ok;
}
EXPORT napi_status napi_get_arraybuffer_info(napi_env e, napi_value v, void **data, size_t *n) {
  (void)e, (void)v;
  *data = memory;
  *n = memory_bytes;
  return napi_ok;
}
EXPORT napi_status napi_detach_arraybuffer(napi_env e, napi_value v) {
  (void)e, (void)v;
  return napi_ok;
}

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static int new_file(const char *path) {
  static const char zeros[BYTES];
  int descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (descriptor < 0 || write(descriptor, zeros, BYTES) != BYTES) fail("no file");
  return descriptor;
}

/* Maps through the binary, has the file cut, and stores. */
static void *store_into_cut_file(void *path) {
  int descriptor = new_file(path);
  arguments[0] = value_of(descriptor);
  arguments[1] = value_of(BYTES);
  if (map_call(NULL, NULL) != value_of(1)) fail("map failed");
  volatile char *bytes = memory;
  bytes[BYTES - 1] = 'x';
  if (bytes[memory_bytes - 1] != 0) fail("lost before it was cut");
  if (ftruncate(descriptor, 0) != 0) fail("not cut");
  bytes[100] = 'y';
  if (bytes[100] != 'y') fail("the store did not go on");
  if (bytes[memory_bytes - 1] != 1) fail("not lost after it was cut");
  unmap_call(NULL, NULL);
  close(descriptor);
  return NULL;
}

/* The same without the binary. */
static void store_into_own_cut_file(const char *path) {
  int descriptor = new_file(path);
  volatile char *bytes = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (bytes == MAP_FAILED || ftruncate(descriptor, 0) != 0) fail("not mapped or not cut");
  bytes[100] = 'y';
}

static void on_signal(int signal) {
  (void)signal;
  _exit(42);
}

static struct sigaction before_chained;

/* As crash reporters do it: whatever was there before comes next. */
static void on_chained(int signal, siginfo_t *info, void *context) {
  before_chained.sa_sigaction(signal, info, context);
}

static void chain(void) {
  struct sigaction chained = {.sa_sigaction = on_chained, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  if (sigaction(SIGBUS, &chained, &before_chained) != 0) fail("no handler");
}

/* What the processor reports for some faults of the stack: no address. */
static void fault_without_address(void) {
  siginfo_t info = {.si_signo = SIGBUS, .si_code = SI_KERNEL};
  if (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGBUS, &info) != 0) fail("not sent");
}

static void in_threads(const char *path) {
  pthread_t threads[THREADS];
  char paths[THREADS][4096];
  for (int round = 0; round < 50; round++) {
    for (int index = 0; index < THREADS; index++) {
      snprintf(paths[index], sizeof paths[index], "%s.%d", path, index);
      if (pthread_create(&threads[index], NULL, store_into_cut_file, paths[index]) != 0) fail("no thread");
    }
    for (int index = 0; index < THREADS; index++) pthread_join(threads[index], NULL);
  }
}

int main(int count, char **words) {
  if (count != 4) fail("host <binary> <file> <scenario>");
  const char *path = words[2], *scenario = words[3];
  if (strstr(scenario, "handled") != NULL) signal(SIGBUS, on_signal);
  if (strstr(scenario, "ignored") != NULL) signal(SIGBUS, SIG_IGN);
  void *binary = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (binary == NULL) fail(dlerror());
  napi_value (*init)(napi_env, napi_value) = (napi_value(*)(napi_env, napi_value))dlsym(binary, "napi_register_module_v1");
  init(NULL, NULL);
  if (strstr(scenario, "later") != NULL) signal(SIGBUS, on_signal);
  if (strstr(scenario, "chained") != NULL) chain();
  if (strstr(scenario, "reset") != NULL) signal(SIGBUS, SIG_DFL);
  if (strstr(scenario, "unloaded") != NULL) dlclose(binary);
  if (strstr(scenario, "after ours") != NULL) store_into_cut_file((void *)path);
  if (strstr(scenario, "twice") != NULL) {
    chain();
    store_into_cut_file((void *)path);
  }
  if (strstr(scenario, "own") != NULL) store_into_own_cut_file(path);
  else if (strstr(scenario, "nowhere") != NULL) fault_without_address();
  else if (strstr(scenario, "sent") != NULL) raise(SIGBUS);
  else if (strstr(scenario, "threads") != NULL) in_threads(path);
  else store_into_cut_file((void *)path);
  return 0;
}
