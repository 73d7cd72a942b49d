#include "edge/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/addr.h"
#include "model/limits.h"

static const char *
user_name(uid_t uid, char dst[static 32])
{
	struct passwd *p = getpwuid(uid);

	if (p)
		snprintf(dst, 32, "%s", p->pw_name);
	else
		snprintf(dst, 32, "uid %u", (unsigned)uid);
	return dst;
}

/* The path, or if that is not there the directory it would be in. */
static const char *
who_refuses(const char *path, char dir[static 4096], struct stat *st)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (stat(path, st) == 0)
		return path;
	if (n >= 4096)
		return NULL;
	memcpy(dir, slash ? path : ".", n ? n : 1);
	dir[n ? n : 1] = '\0';
	return errno == ENOENT && stat(dir, st) == 0 ? dir : NULL;
}

int
file_denied(struct fault *f, const char *path, int err)
{
	char owner[32], me[32], dir[4096], it[4096] = "it", its[4096 + 4] = "its";
	const char *which;
	struct stat st;

	if (err == ELOOP)
		return fault_temp(f, "%s: a symbolic link there is not followed", path);
	which = err == EACCES || err == EPERM ? who_refuses(path, dir, &st) : NULL;
	if (!which)
		return fault_temp(f, "%s: %s", path, strerror(err));
	if (which != path) {
		snprintf(it, sizeof(it), "%s", which);
		snprintf(its, sizeof(its), "%s's", which);
	}
	if (st.st_uid == geteuid())
		return fault_temp(f, "%s: %s: %s mode is %04o; try: chmod u+rw%s %s", path,
		                  strerror(err), its, (unsigned)st.st_mode & 07777,
		                  S_ISDIR(st.st_mode) ? "x" : "", which);
	user_name(st.st_uid, owner);
	user_name(geteuid(), me);
	return fault_temp(f,
	                  "%s: %s: %s belongs to %s (mode %04o), you are %s; try: sudo -u %s %s …",
	                  path, strerror(err), it, owner, (unsigned)st.st_mode & 07777, me, owner,
	                  program_invocation_short_name);
}

static int
read_all(int fd, const char *path, struct buf *b, size_t cap, struct fault *f)
{
	size_t had = b->len;
	ssize_t n;

	while ((n = read(fd, buf_room(b, 65536), 65536)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_temp(f, "%s: %s", path, strerror(errno));
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		if (b->len - had > cap)
			return fault_set(f, "%s: larger than %zu bytes", path, cap);
	}
	buf_add(b, "", 0);
	return 0;
}

int
file_read(const char *path, struct buf *b, size_t cap, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), r;
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return fault_set(f, "%s: %s", path, strerror(errno));
	if (fd < 0)
		return file_denied(f, path, errno);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return fault_set(f, "%s: Is a directory", path);
	}
	r = read_all(fd, path, b, cap, f);
	close(fd);
	return r;
}

bool
file_write_all(int fd, const void *p, size_t n)
{
	const char *s = p;

	while (n) {
		ssize_t w = write(fd, s, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return false;
		s += w;
		n -= (size_t)w;
	}
	return true;
}

uint64_t
file_limit(void)
{
	struct rlimit r, most;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return 256; /* what POSIX systems gave at the least */
	most = r;
	most.rlim_cur = r.rlim_max;
	if (r.rlim_cur < r.rlim_max && setrlimit(RLIMIT_NOFILE, &most) == 0)
		r = most;
	return r.rlim_cur == RLIM_INFINITY ? UINT64_MAX : r.rlim_cur;
}

int
file_replace_at(int dirfd, const char *name, const char *data, size_t n, unsigned mode,
                struct fault *f)
{
	char tmp[300];
	int fd, err;

	/* The pid keeps two writers of one name apart; a stale one of a crash is written over. */
	if (snprintf(tmp, sizeof(tmp), ".%s.%d", name, (int)getpid()) >= (int)sizeof(tmp))
		return fault_set(f, "%s: name too long", name);
	fd =
	    openat(dirfd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
	if (fd < 0)
		return fault_temp(f, "%s: %s", name, strerror(errno));
	err = fchmod(fd, (mode_t)mode) == 0 && file_write_all(fd, data, n) ? 0 : errno;
	if (close(fd) < 0 && !err)
		err = errno;
	if (!err && renameat(dirfd, tmp, dirfd, name) < 0)
		err = errno;
	if (!err)
		return 0;
	unlinkat(dirfd, tmp, 0);
	return fault_temp(f, "%s: %s", name, strerror(err));
}

int
file_replace(const char *path, const char *data, size_t n, unsigned mode, struct fault *f)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	int fd, r;

	if (slash)
		snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return file_denied(f, dir, errno);
	r = file_replace_at(fd, slash ? slash + 1 : path, data, n, mode, f);
	close(fd);
	return r;
}

static uint64_t config_max = LIMIT_CONFIG_BYTES;

void
file_config_max(uint64_t bytes)
{
	config_max = bytes;
}

static int
source_read(void *arg, const char *path, struct buf *b, struct fault *f)
{
	(void)arg;
	return file_read(path, b, config_max, f);
}

/* A directory that is not there has no files; one that cannot be read might. */
static int
match_failed(const char *path, int err)
{
	(void)path;
	errno = err;
	return err != ENOENT && err != ENOTDIR;
}

static int
source_match(void *arg, const char *pattern, void (*found)(void *to, const char *path), void *to,
             struct fault *f)
{
	glob_t g;
	int r = glob(pattern, 0, match_failed, &g);

	(void)arg;
	if (r == GLOB_NOMATCH)
		return 0;
	if (r)
		return fault_temp(f, "%s: %s", pattern,
		                  r == GLOB_NOSPACE ? "out of memory" : strerror(errno));
	for (size_t i = 0; i < g.gl_pathc; i++)
		found(to, g.gl_pathv[i]);
	globfree(&g);
	return 0;
}

static bool
usable(const struct ifaddrs *i, int family, struct addr *a)
{
	if (!i->ifa_addr || i->ifa_addr->sa_family != family || !(i->ifa_flags & IFF_UP))
		return false;
	memset(a, 0, sizeof(*a));
	a->family = family == AF_INET ? FAMILY_V4 : FAMILY_V6;
	if (family == AF_INET)
		memcpy(a->b, &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr, 4);
	else
		memcpy(a->b, &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr,
		       16);
	return !addr_is_loopback(a) && !addr_is_linklocal(a);
}

/* The host's first address that others can reach, IPv4 before IPv6. */
static bool
source_host(void *arg, struct addr *a)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct ifaddrs *all, *i = NULL;

	(void)arg;
	if (getifaddrs(&all) < 0)
		return false;
	for (size_t f = 0; f < 2 && !i; f++)
		for (i = all; i && !usable(i, families[f], a); i = i->ifa_next)
			continue;
	freeifaddrs(all);
	return i != NULL;
}

const struct config_source file_source = {
    .read = source_read, .match = source_match, .host = source_host};
