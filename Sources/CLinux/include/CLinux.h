// The Linux calls that Swift's Glibc module lacks: those behind _GNU_SOURCE, those that are
// variadic or raw system calls, and the start of a child process, which must be C because the
// child shares the parent's memory until it execs.
//
// GNU declarations stay in CLinux.c: _GNU_SOURCE in a header that Swift imports clashes with the
// Glibc module as soon as XCTest is in the graph.
#ifndef CLINUX_H
#define CLINUX_H

#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "OpenSSL.h"

#define CLINUX_IN 0x001u
#define CLINUX_OUT 0x004u
#define CLINUX_ERR 0x008u
#define CLINUX_HUP 0x010u
#define CLINUX_RDHUP 0x2000u

struct clinux_event {
  uint32_t events;
  uint64_t data;
};

int clinux_epoll_create(void);
/// Registers for input, output and hang-up, edge-triggered.
int clinux_epoll_add(int epoll, int descriptor, uint64_t data);
int clinux_epoll_remove(int epoll, int descriptor);
int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int timeout_ms);

int clinux_eventfd(void);
int clinux_timerfd(void);
/// Arms for one absolute CLOCK_MONOTONIC instant.
int clinux_timerfd_set(int descriptor, int64_t monotonic_nanoseconds);

int clinux_accept(int descriptor, struct sockaddr *address, socklen_t *length);
int clinux_pipe(int descriptors[2]);
int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_send_signal(int pidfd, int signal);

/// A descriptor that becomes readable when one of the signals, which must be blocked, is pending.
int clinux_signalfd(const sigset_t *signals);
/// The number of the next pending signal, or 0.
int clinux_signalfd_take(int descriptor);

int clinux_set_nonblocking(int descriptor, int on);
int clinux_set_close_on_exec(int descriptor, int on);
int clinux_set_child_subreaper(void);

int clinux_set_thread_name(const char *name);
int clinux_set_thread_core(int core);

/// How far the wall clock may be off; returns 1 where something keeps it to true time, 0 where not, -1 with errno.
int clinux_clock_error(int64_t *microseconds);

/// Starts a detached thread with the signal mask of the caller, and the priority and affinity that
/// the process was started with. Returns 0, or -1 with errno.
int clinux_start_thread(void (*run)(void *), void *argument);

/// Raises the limit of open files to the highest that this process may have; children keep the one
/// that it was started with.
int clinux_raise_file_limit(void);

/// The version of the compiler that built this.
const char *clinux_compiler(void);

/// How `clinux_spawn` starts a child; descriptors of -1 mean /dev/null.
struct clinux_spawn_options {
  const char *path;
  char *const *arguments;
  char *const *environment;
  const char *working_directory;
  int standard_input;
  int standard_output;
  int standard_error;
  int new_session;
  int death_signal;
};

/// Starts a child with default signal dispositions, an empty signal mask, no descriptors beyond the
/// three standard ones, and the priority, affinity and limit of open files that the process was
/// started with, whichever thread calls. `death_signal` comes when this process ends. Returns its process id, or -1 with errno, also when exec fails.
pid_t clinux_spawn(const struct clinux_spawn_options *options);

#endif
