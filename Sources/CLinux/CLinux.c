#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
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

int clinux_clock_error(int64_t *microseconds) {
  struct timex clock = {.modes = 0};
  int state = adjtimex(&clock);
  if (state == -1) return -1;
  *microseconds = clock.maxerror;
  return state != TIME_ERROR && !(clock.status & STA_UNSYNC);
}

int clinux_set_thread_core(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return sched_setaffinity(0, sizeof set, &set);
}

// One thread starts all children and event loops. On Linux each thread has a priority, an affinity
// and a death of its own, and whatever it starts inherits the first two and may be told of the third:
// libdispatch lowers the priority of its threads, which only root can raise again, and lets them end.
// This thread is older than they are, and lives as long as the process.
static struct {
  pthread_mutex_t turn;
  sem_t asked, answered;
  int is_running;
  void (*serve)(void *);
  void *argument;
} starter = {.turn = PTHREAD_MUTEX_INITIALIZER};

// The limit of open files that the process was started with; children get it again.
static struct rlimit inherited_files;

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) == -1 && errno == EINTR) {
  }
}

static void *run_starter(void *unused) {
  pthread_setname_np(pthread_self(), "starter");
  while (1) {
    wait_for(&starter.asked);
    starter.serve(starter.argument);
    sem_post(&starter.answered);
  }
  return unused;
}

__attribute__((constructor)) static void begin(void) {
  // A standard stream that the process was started without must not be the next file that is opened:
  // what is meant for people would be written into it.
  while (1) {
    int descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (descriptor > 2 || descriptor == -1) {
      if (descriptor > 2) close(descriptor);
      break;
    }
    clinux_set_close_on_exec(descriptor, 0);
  }
  getrlimit(RLIMIT_NOFILE, &inherited_files);
  sem_init(&starter.asked, 0, 0);
  sem_init(&starter.answered, 0, 0);
  // It must never be the thread that takes a signal of the process.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t thread;
  starter.is_running = pthread_create(&thread, &attributes, run_starter, NULL) == 0;
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// Has the starter do something, and waits until it is done; without one, does it here.
static void start(void (*serve)(void *), void *argument) {
  pthread_mutex_lock(&starter.turn);
  if (starter.is_running) {
    starter.serve = serve;
    starter.argument = argument;
    sem_post(&starter.asked);
    wait_for(&starter.answered);
  } else {
    serve(argument);
  }
  pthread_mutex_unlock(&starter.turn);
}

struct thread_start {
  void (*run)(void *);
  void *argument;
  sigset_t mask;
  int code;
};

static void *run_thread(void *argument) {
  struct thread_start start = *(struct thread_start *)argument;
  free(argument);
  pthread_sigmask(SIG_SETMASK, &start.mask, NULL);
  start.run(start.argument);
  return NULL;
}

static void create_thread(void *argument) {
  struct thread_start *start = argument;
  struct thread_start *copy = malloc(sizeof *copy);
  if (copy == NULL) {
    start->code = ENOMEM;
    return;
  }
  *copy = *start;
  pthread_t thread;
  start->code = pthread_create(&thread, NULL, run_thread, copy);
  if (start->code == 0) {
    pthread_detach(thread);
  } else {
    free(copy);
  }
}

int clinux_start_thread(void (*run)(void *), void *argument) {
  struct thread_start request = {.run = run, .argument = argument};
  pthread_sigmask(SIG_SETMASK, NULL, &request.mask);
  start(create_thread, &request);
  if (request.code == 0) return 0;
  errno = request.code;
  return -1;
}

int clinux_raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == -1) return -1;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit);
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
static void run_child(const struct clinux_spawn_options *options, pid_t parent,
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
  if (setrlimit(RLIMIT_NOFILE, &inherited_files) == -1) goto failed;
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

struct spawn_request {
  const struct clinux_spawn_options *options;
  pid_t child;
  int error;
};

// On the starter, in the parent, which stands still from vfork to exec.
static void spawn(void *argument) {
  struct spawn_request *request = argument;
  volatile int error = 0;
  pid_t parent = getpid();
  pid_t child = vfork();
  if (child == 0) run_child(request->options, parent, &error);
  request->child = child;
  request->error = child == -1 ? errno : error;
  if (child == -1 || error == 0) return;
  // The child has exited before exec: nobody else may wait for it.
  int status;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  request->child = -1;
}

pid_t clinux_spawn(const struct clinux_spawn_options *options) {
  struct spawn_request request = {.options = options};
  // No handler may run in the child, whichever thread it is that starts it.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  start(spawn, &request);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (request.child == -1) errno = request.error;
  return request.child;
}
