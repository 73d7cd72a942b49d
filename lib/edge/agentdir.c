#include "edge/agentdir.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/file.h"

enum { PATH_CAP = 4096 };

/* A relative XDG_STATE_HOME is to be ignored (XDG Base Directory Specification). */
static bool
absolute(const char *s)
{
	return s && *s == '/';
}

static const char *
home(void)
{
	const char *s = getenv("HOME");
	struct passwd *pw;

	if (absolute(s))
		return s;
	pw = getpwuid(geteuid());
	return pw && absolute(pw->pw_dir) ? pw->pw_dir : NULL;
}

int
agentdir_path(char path[static 4096], const char *configured, struct fault *f)
{
	const char *state = getenv("XDG_STATE_HOME"), *dir;
	int n;

	if (configured)
		n = snprintf(path, PATH_CAP, "%s", configured);
	else if (geteuid() == 0)
		n = snprintf(path, PATH_CAP, "/var/lib/fodns/spool");
	else if (absolute(state))
		n = snprintf(path, PATH_CAP, "%s/fodns/spool", state);
	else if ((dir = home()))
		n = snprintf(path, PATH_CAP, "%s/.local/state/fodns/spool", dir);
	else
		return fault_set(
		    f, "no home directory to keep the spool in; set spool_dir in the agent file");
	if (n < 0 || n >= PATH_CAP)
		return fault_set(f, "the path of the spool directory is too long");
	return 0;
}

/* mkdir -p; what is there already is left as it is. */
static int
make_path(const char *path, struct fault *f)
{
	char part[PATH_CAP];
	char *s = part;

	snprintf(part, sizeof(part), "%s", path);
	while ((s = strchr(s + 1, '/'))) {
		*s = '\0';
		if (mkdir(part, 0700) && errno != EEXIST)
			return file_denied(f, part, errno);
		*s = '/';
	}
	if (mkdir(part, 0700) && errno != EEXIST)
		return file_denied(f, part, errno);
	return 0;
}

int
agentdir_open(const char *path, int make, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return file_denied(f, path, errno);
	if (!make)
		return -2;
	if (make_path(path, f))
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : file_denied(f, path, errno);
}
