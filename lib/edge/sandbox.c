#include "edge/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

/*
 * landlock(7) as of version 6; an older kernel takes a shorter struct. The system's header may be
 * older than its kernel.
 */
struct ruleset {
	uint64_t fs, net, scoped;
};

enum { LANDLOCK_VERSION = 1, NET_BIND_CONNECT = 3, SCOPE_ALL = 3 };

int
sandbox_user(uid_t uid, gid_t gid, struct fault *f)
{
	if (geteuid() != 0 || uid == 0)
		return 0;
	if (setgroups(1, &gid) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return fault_set(f, "cannot become user %u: %s", (unsigned)uid, strerror(errno));
	return 0;
}

static int
landlock(struct fault *f)
{
	/* The file rights that each version knows: none is granted. */
	static const uint64_t rights[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
	struct ruleset r = {.net = NET_BIND_CONNECT, .scoped = SCOPE_ALL};
	size_t size = version >= 6 ? sizeof(r) : version >= 4 ? 16 : 8;
	int fd;

	if (version < 1)
		return fault_set(f, "no Landlock: %s", strerror(errno));
	r.fs = rights[version < 5 ? version : 5];
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd < 0)
		return fault_set(f, "Landlock: %s", strerror(errno));
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0) {
		int err = errno;

		close(fd);
		return fault_set(f, "Landlock: %s", strerror(err));
	}
	close(fd);
	return 0;
}

static int
drop_capabilities(struct fault *f)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2];

	memset(none, 0, sizeof(none));
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &head, none) < 0)
		return fault_set(f, "capabilities: %s", strerror(errno));
	return 0;
}

int
sandbox_enter(struct fault *f)
{
	int r = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = fault_set(f, "no_new_privs: %s", strerror(errno));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		r = fault_set(f, "dumpable: %s", strerror(errno));
	if (drop_capabilities(f) < 0)
		r = -1;
	if (landlock(f) < 0)
		r = -1;
	return r;
}
