#include "edge/statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/clock.h"
#include "edge/deathsig.h"
#include "edge/file.h"
#include "edge/statefile.h"

static const char format_text[] = "fodns-state 1\n";
enum { STATS_MAX = 1 << 20 };

static const char *boot_override;

const char *
statedir_boot_id(void)
{
	return boot_override ? boot_override : clock_boot_id();
}

void
statedir_boot_id_set(const char *id)
{
	boot_override = id;
}

/* ---- opening */

/*
 * The directory itself; below the user's own home its parents, too, so that
 * ~/.local/state need not be there.  Elsewhere a missing parent is a typing
 * error sooner than a wish.
 */
static void
make_parents(const char *path)
{
	const char *home = getenv("HOME");
	size_t n = home ? strlen(home) : 0;
	char part[4096];

	if (n < 2 || strncmp(path, home, n) != 0 || path[n] != '/')
		return;
	for (const char *p = path + n + 1; (p = strchr(p, '/')); p++) {
		if ((size_t)(p - path) >= sizeof(part))
			return;
		memcpy(part, path, (size_t)(p - path));
		part[p - path] = '\0';
		mkdir(part, 0755);
	}
}

static int
open_dir(const char *path, bool make, struct fault *f)
{
	enum { FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
	int fd = open(path, FLAGS);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT && make) {
		make_parents(path);
		if (mkdir(path, STATE_DIR_MODE) < 0 && errno != EEXIST) {
			file_denied(f, path, errno);
			return -1;
		}
		fd = open(path, FLAGS);
		if (fd >= 0) {
			fchmod(fd, STATE_DIR_MODE);
			return fd;
		}
	}
	if (errno == ENOENT)
		fault_temp(f,
		           "%s: there is no state directory; a daemon of fodns or fodns-report -s "
		           "%s makes it",
		           path, path);
	else if (errno == ENOTDIR)
		fault_set(f, "%s: not a directory", path);
	else
		file_denied(f, path, errno);
	return -1;
}

/* A writer started as root leaves nothing behind that the owner could not write. */
static int
become(const struct statedir *s, struct fault *f)
{
	struct deathsig death;
	struct passwd *p;

	if (geteuid() != 0 || s->owner == 0)
		return 0;
	deathsig_keep(&death);
	p = getpwuid(s->owner);
	if ((p ? initgroups(p->pw_name, s->group) : setgroups(1, &s->group)) < 0 ||
	    setgid(s->group) < 0 || setuid(s->owner) < 0)
		return fault_set(f, "%s: cannot become its owner, uid %u: %s", s->path,
		                 (unsigned)s->owner, strerror(errno));
	deathsig_again(&death);
	return 0;
}

static void
count_entry(void *arg, const char *name)
{
	if (strcmp(name, "lost+found"))
		++*(size_t *)arg;
}

static int check_format(const struct statedir *s, bool make, struct fault *f);

static int
no_format(const struct statedir *s, bool make, struct fault *f)
{
	size_t entries = 0;

	if (statefile_each(s->fd, count_entry, &entries) < 0)
		return file_denied(f, s->path, errno);
	/* Another program may have made it this very moment. */
	if (entries && faccessat(s->fd, "format", F_OK, 0) == 0)
		return check_format(s, false, f);
	if (entries)
		return fault_set(
		    f, "%s: not a state directory: it has other files and none named format",
		    s->path);
	if (!make)
		return fault_temp(
		    f, "%s: an empty directory; a daemon of fodns or fodns-report -s %s fills it",
		    s->path, s->path);
	if (file_replace_at(s->fd, "format", format_text, sizeof(format_text) - 1, STATE_FILE_MODE,
	                    f) == 0)
		return 0;
	return file_denied(f, s->path, errno);
}

static int
check_format(const struct statedir *s, bool make, struct fault *f)
{
	char path[4096 + 8], text[64];
	ssize_t n;
	int fd = statefile_open(s->fd, "format", O_RDONLY, 0, s->owner);

	if (fd < 0 && errno == ENOENT)
		return no_format(s, make, f);
	snprintf(path, sizeof(path), "%s/format", s->path);
	if (fd < 0)
		return file_denied(f, path, errno);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (strcmp(text, format_text)) {
		text[strcspn(text, "\n")] = '\0';
		return fault_set(f, "%s: \"%s\" where this program knows \"fodns-state 1\"", path,
		                 text);
	}
	return 0;
}

int
statedir_open(struct statedir *s, const char *path, bool make, struct fault *f)
{
	struct stat st;

	memset(s, 0, sizeof(*s));
	s->fd = -1;
	if (strlen(path) >= sizeof(s->path))
		return fault_set(f, "%.100s…: path too long", path);
	memcpy(s->path, path, strlen(path) + 1);
	s->fd = open_dir(path, make, f);
	if (s->fd < 0)
		return -1;
	if (fstat(s->fd, &st) < 0) {
		fault_temp(f, "%s: %s", path, strerror(errno));
		statedir_close(s);
		return -1;
	}
	s->owner = st.st_uid;
	s->group = st.st_gid;
	/* A sandbox may shut /proc behind us. */
	statedir_boot_id();
	if (become(s, f) < 0 || check_format(s, make, f) < 0) {
		statedir_close(s);
		return -1;
	}
	return 0;
}

void
statedir_close(struct statedir *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

bool
statedir_replaced(const struct statedir *s)
{
	struct stat here, there;

	return fstat(s->fd, &here) < 0 || stat(s->path, &there) < 0 ||
	       here.st_ino != there.st_ino || here.st_dev != there.st_dev;
}

int
statedir_denied(const struct statedir *s, const char *sub, int err, struct fault *f)
{
	char path[4096 + 512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", s->path, sub);
	/* As whom ever it is tried: what is not of the owner of the state is not its. */
	if (err == EPERM && lstat(path, &st) == 0 && st.st_uid != s->owner)
		return fault_temp(f,
		                  "%s: it does not belong to the owner of %s; try: chown "
		                  "--reference=%s %s",
		                  path, s->path, s->path, path);
	/* Where the file itself is not there it is the directory that refuses. */
	if (access(path, F_OK) < 0 && strrchr(sub, '/'))
		*strrchr(path, '/') = '\0';
	else if (access(path, F_OK) < 0)
		snprintf(path, sizeof(path), "%s", s->path);
	return file_denied(f, path, err);
}

/* ---- the recorder */

int
statedir_record(const struct statedir *s, int *fd, struct fault *f)
{
	int lock =
	    statefile_open(s->fd, "recorder.lock", O_RDWR | O_CREAT, STATE_SECRET_MODE, s->owner);

	if (lock < 0)
		return statedir_denied(s, "recorder.lock", errno, f);
	if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
		*fd = lock;
		return 0;
	}
	close(lock);
	if (errno == EWOULDBLOCK)
		return 1;
	return fault_temp(f, "%s/recorder.lock: %s", s->path, strerror(errno));
}

/* ---- small files */

static int
replace(const struct statedir *s, const char *sub, const char *name, const char *data, size_t n,
        unsigned mode, struct fault *f)
{
	int dir = statefile_dir(s->fd, sub, true, s->owner), r;

	if (dir < 0)
		return statedir_denied(s, sub, errno, f);
	r = file_replace_at(dir, name, data, n, mode, f);
	close(dir);
	return r;
}

static bool
plain_name(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s) &&
	       strlen(s) < 64;
}

int
statedir_keep_config(const struct statedir *s, const char *hash, const char *text, size_t n,
                     struct fault *f)
{
	char name[80];

	if (!plain_name(hash))
		return fault_set(f, "%s: not a config's hash", hash);
	snprintf(name, sizeof(name), "%s.yaml", hash);
	return replace(s, "config", name, text, n, STATE_SECRET_MODE, f);
}

struct newest {
	int dir;
	uid_t owner;
	char name[256];
	struct timespec at;
};

static void
newer(void *arg, const char *name)
{
	struct newest *w = arg;
	const char *dot = strrchr(name, '.');
	struct stat st;

	if (!dot || strcmp(dot, ".yaml") || strlen(name) >= sizeof(w->name) ||
	    fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != w->owner)
		return;
	if (w->name[0] &&
	    (st.st_mtim.tv_sec < w->at.tv_sec ||
	     (st.st_mtim.tv_sec == w->at.tv_sec && st.st_mtim.tv_nsec <= w->at.tv_nsec)))
		return;
	w->at = st.st_mtim;
	memcpy(w->name, name, strlen(name) + 1);
}

int
statedir_last_config(const struct statedir *s, char path[static 4096], struct fault *f)
{
	struct newest w = {.dir = statefile_dir(s->fd, "config", false, s->owner),
	                   .owner = s->owner};
	int r;

	if (w.dir < 0 && errno == ENOENT)
		return 1;
	if (w.dir < 0)
		return statedir_denied(s, "config", errno, f);
	r = statefile_each(w.dir, newer, &w);
	close(w.dir);
	if (r < 0)
		return statedir_denied(s, "config", errno, f);
	if (!w.name[0])
		return 1;
	if (snprintf(path, 4096, "%s/config/%s", s->path, w.name) >= 4096)
		return fault_set(f, "%s: path too long", s->path);
	return 0;
}

int
statedir_stats(const struct statedir *s, const char *name, const struct buf *json, struct fault *f)
{
	char file[80];

	if (!plain_name(name))
		return fault_set(f, "%s: not a name for counters", name);
	snprintf(file, sizeof(file), "%s.json", name);
	return replace(s, "stats", file, json->data, json->len, STATE_FILE_MODE, f);
}

static int
read_stats(int fd, struct buf *json)
{
	ssize_t n;

	while ((n = read(fd, buf_room(json, 4096), 4096)) > 0) {
		json->len += (size_t)n;
		if (json->len > STATS_MAX) {
			errno = EFBIG;
			return -1;
		}
	}
	buf_add(json, "", 0);
	return n < 0 ? -1 : 0;
}

int
statedir_read_stats(const struct statedir *s, const char *name, struct buf *json, struct fault *f)
{
	char file[96];
	int fd = -1, dir, r;

	if (!plain_name(name))
		return fault_set(f, "%s: not a name for counters", name);
	snprintf(file, sizeof(file), "stats/%s.json", name);
	dir = statefile_dir(s->fd, "stats", false, s->owner);
	if (dir >= 0) {
		fd = statefile_open(dir, file + 6, O_RDONLY, 0, s->owner);
		r = errno;
		close(dir);
		errno = r;
	}
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0)
		return statedir_denied(s, file, errno, f);
	r = read_stats(fd, json);
	close(fd);
	return r < 0 ? statedir_denied(s, file, errno, f) : 0;
}
