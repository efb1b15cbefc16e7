/* A disk that fails: preloaded (LD_PRELOAD) into a process, it counts what changes files below one folder and lets the
 * N-th such call fail, or all from the N-th on. SQLite, tantivy, FAISS, NumPy and Python all come by here.
 *
 * gcc -shared -fPIC -O1 -o faulty_disk.so faulty_disk.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NONE, FAIL, SHORT }; /* SHORT: half of it is written; the next call fails */

static char folder[PATH_MAX];
static size_t folder_length;
static long count, at, until;
static int number, half;

void faulty_arm(const char *path, long nth, long calls, int error, int short_write) {
    snprintf(folder, sizeof folder, "%s", path);
    folder_length = strlen(folder);
    number = error;
    half = short_write;
    until = nth + calls;
    at = nth;
    __atomic_store_n(&count, 0, __ATOMIC_SEQ_CST);
}

long faulty_disarm(void) {
    at = 0;
    folder_length = 0;
    return __atomic_load_n(&count, __ATOMIC_SEQ_CST);
}

static int verdict(const char *path, int writes) {
    if (!folder_length || strncmp(path, folder, folder_length)) return NONE;
    long now = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    if (!at || now < at || now >= until) return NONE;
    errno = number;
    return half && writes && now == at ? SHORT : FAIL;
}

static int verdict_of(int descriptor, int writes) {
    char name[64], path[PATH_MAX];
    if (!folder_length) return NONE;
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    int saved = errno;
    ssize_t length = readlink(name, path, sizeof path - 1);
    errno = saved;
    if (length < 0) return NONE;
    path[length] = 0;
    return verdict(path, writes);
}

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    int what = verdict_of(fd, size > 1);
    return what == FAIL ? -1 : real(fd, data, what == SHORT ? size / 2 : size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t place) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    int what = verdict_of(fd, size > 1);
    return what == FAIL ? -1 : real(fd, data, what == SHORT ? size / 2 : size, place);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t place) { return pwrite64(fd, data, size, place); }

ssize_t writev(int fd, const struct iovec *parts, int some) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    return verdict_of(fd, 0) ? -1 : real(fd, parts, some);
}

size_t fwrite(const void *data, size_t size, size_t items, FILE *file) {
    REAL(size_t, fwrite, const void *, size_t, size_t, FILE *);
    int what = verdict_of(fileno(file), size * items > 1);
    return what == FAIL ? 0 : real(data, size, what == SHORT ? items / 2 : items, file);
}

int fsync(int fd) {
    REAL(int, fsync, int);
    return verdict_of(fd, 0) ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    return verdict_of(fd, 0) ? -1 : real(fd);
}

int ftruncate64(int fd, off64_t size) {
    REAL(int, ftruncate64, int, off64_t);
    return verdict_of(fd, 0) ? -1 : real(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int posix_fallocate64(int fd, off64_t from, off64_t size) {
    REAL(int, posix_fallocate64, int, off64_t, off64_t);
    return verdict_of(fd, 0) ? number : real(fd, from, size);
}

int posix_fallocate(int fd, off_t from, off_t size) { return posix_fallocate64(fd, from, size); }

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    return verdict(to, 0) ? -1 : real(from, to);
}

int link(const char *from, const char *to) {
    REAL(int, link, const char *, const char *);
    return verdict(to, 0) ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    return verdict(path, 0) ? -1 : real(path, mode);
}

int open64(const char *path, int flags, ...) {
    REAL(int, open64, const char *, int, ...);
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        __builtin_va_list more;
        __builtin_va_start(more, flags);
        mode = __builtin_va_arg(more, mode_t);
        __builtin_va_end(more);
    }
    if ((flags & O_CREAT) && access(path, F_OK) && verdict(path, 0)) return -1; /* one that is there needs no room */
    return real(path, flags, mode);
}
