#include "include/OpenSSL.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct clinux_openssl calls;
static int is_complete;
static char missing[256];

static void load(void) {
  void *library = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) library = dlopen("libssl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    snprintf(missing, sizeof missing, "libssl (version 3 or 4)");
    return;
  }
  // libcrypto's calls are found too: libssl brings it along.
#define CLINUX_FIND(result, name, parameters)                                    \
  if ((calls.name = (result(*) parameters)dlsym(library, #name)) == NULL) {      \
    snprintf(missing, sizeof missing, "the call " #name " in libssl");           \
    return;                                                                      \
  }
  CLINUX_OPENSSL_CALLS(CLINUX_FIND)
#undef CLINUX_FIND
  is_complete = 1;
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
