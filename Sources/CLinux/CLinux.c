#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_epoll_add(int epoll, int descriptor, uint64_t data) {
  struct epoll_event event = {
      .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
      .data.u64 = data,
  };
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int clinux_epoll_remove(int epoll, int descriptor) {
  struct epoll_event event = {0};
  return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event);
}

int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int timeout_ms) {
  struct epoll_event raw[256];
  int count = epoll_wait(epoll, raw, capacity < 256 ? capacity : 256, timeout_ms);
  for (int i = 0; i < count; i++) {
    events[i].events = raw[i].events;
    events[i].data = raw[i].data.u64;
  }
  return count;
}

int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int clinux_timerfd(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }

int clinux_timerfd_set(int descriptor, int64_t monotonic_nanoseconds) {
  // A value of zero would disarm; an instant in the past fires at once.
  int64_t at = monotonic_nanoseconds > 0 ? monotonic_nanoseconds : 1;
  struct itimerspec when = {
      .it_value = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000},
  };
  return timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &when, NULL);
}

int clinux_accept(int descriptor, struct sockaddr *address, socklen_t *length) {
  return accept4(descriptor, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int clinux_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clinux_signalfd(const sigset_t *signals) {
  return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int clinux_signalfd_take(int descriptor) {
  struct signalfd_siginfo information;
  if (read(descriptor, &information, sizeof information) != sizeof information) return 0;
  return (int)information.ssi_signo;
}

static int change_flag(int descriptor, int get, int set, int flag, int on) {
  int flags = fcntl(descriptor, get);
  if (flags == -1) return -1;
  return fcntl(descriptor, set, on ? flags | flag : flags & ~flag);
}

int clinux_set_nonblocking(int descriptor, int on) {
  return change_flag(descriptor, F_GETFL, F_SETFL, O_NONBLOCK, on);
}

int clinux_set_close_on_exec(int descriptor, int on) {
  return change_flag(descriptor, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}

int clinux_set_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int clinux_set_thread_name(const char *name) {
  int code = pthread_setname_np(pthread_self(), name);
  if (code == 0) return 0;
  errno = code;
  return -1;
}

int clinux_set_thread_core(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return sched_setaffinity(0, sizeof set, &set);
}

// Puts `source` where the child expects it. dup2 clears close-on-exec, except onto itself.
static int place(int source, int target) {
  if (source == target) return clinux_set_close_on_exec(target, 0);
  return dup2(source, target) == -1 ? -1 : 0;
}

// A standard descriptor that is wanted elsewhere is moved out of the way first.
static int lift(int descriptor, int null) {
  if (descriptor < 0) return null;
  return descriptor <= 2 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 3) : descriptor;
}

// Runs in the child, in the parent's memory: async-signal-safe calls only, and never returns.
static void run_child(const struct clinux_spawn_options *options, pid_t parent, int priority,
                      volatile int *error) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int number = 1; number < 65; number++) sigaction(number, &action, NULL);

  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0 && null <= 2) null = fcntl(null, F_DUPFD_CLOEXEC, 3);
  int input = lift(options->standard_input, null);
  int output = lift(options->standard_output, null);
  int errors = lift(options->standard_error, null);
  if (null < 0 || input < 0 || output < 0 || errors < 0) goto failed;
  if (place(input, 0) == -1 || place(output, 1) == -1 || place(errors, 2) == -1) goto failed;
  // Also descriptors that somebody opened without O_CLOEXEC must not reach the child.
  if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == -1 && errno != ENOSYS && errno != EINVAL)
    goto failed;

  if (options->new_session && setsid() == -1) goto failed;
  setpriority(PRIO_PROCESS, 0, priority);
  if (options->working_directory && chdir(options->working_directory) == -1) goto failed;
  if (options->death_signal) {
    if (prctl(PR_SET_PDEATHSIG, options->death_signal, 0, 0, 0) == -1) goto failed;
    if (getppid() != parent) _exit(127);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(options->path, options->arguments, options->environment);
failed:
  *error = errno;
  _exit(127);
}

const char *clinux_compiler(void) { return __VERSION__; }

pid_t clinux_spawn(const struct clinux_spawn_options *options) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  volatile int error = 0;
  pid_t parent = getpid();
  // libdispatch gives its threads priorities of their own, which a child must not inherit: a server
  // would be measured with another one than its user started it with.
  int priority = getpriority(PRIO_PROCESS, (id_t)parent);
  pid_t child = vfork();
  if (child == 0) run_child(options, parent, priority, &error);
  int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (child == -1) {
    errno = fork_error;
    return -1;
  }
  if (error != 0) {
    // The child has exited before exec: nobody else may wait for it.
    int status;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
    }
    errno = error;
    return -1;
  }
  return child;
}
