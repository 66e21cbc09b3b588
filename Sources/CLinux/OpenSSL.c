#include "include/OpenSSL.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct clinux_openssl calls;
static int is_complete;
static char missing[256];

int clinux_find_openssl(const char *const *names, struct clinux_openssl *found, char *lacking,
                        size_t size) {
  snprintf(lacking, size, "libssl (version 3 or 4)");
  for (; *names != NULL; names++) {
    void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) continue;
    const char *lacked = NULL;
    // libcrypto's calls are found too: libssl brings it along.
#define CLINUX_FIND(result, name, parameters)                                       \
  if ((found->name = (result(*) parameters)dlsym(library, #name)) == NULL) lacked = #name;
    CLINUX_OPENSSL_CALLS(CLINUX_FIND)
#undef CLINUX_FIND
    if (lacked == NULL) return 1;
    snprintf(lacking, size, "the call %s in %s", lacked, *names);
    dlclose(library);
  }
  return 0;
}

static void load(void) {
  static const char *const names[] = {"libssl.so.3", "libssl.so.4", NULL};
  is_complete = clinux_find_openssl(names, &calls, missing, sizeof missing);
}

const struct clinux_openssl *clinux_openssl(void) {
  pthread_once(&once, load);
  return is_complete ? &calls : NULL;
}

const char *clinux_openssl_missing(void) { return missing; }

int clinux_no_password(char *buffer, int size, int isForWriting, void *unused) {
  (void)buffer, (void)size, (void)isForWriting, (void)unused;
  return 0;
}
