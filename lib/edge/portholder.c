#include "edge/portholder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

struct holder {
	unsigned long inode, uid;
};

enum { TCP_LISTEN_STATE = 0x0A, UDP_BOUND_STATE = 0x07 };

/* An address of /proc/net: 32-bit words in host order, in hexadecimal. */
static bool
proc_addr(struct addr *a, const char *hex)
{
	size_t words = strlen(hex) / 8;
	unsigned w;

	if (words != 1 && words != 4)
		return false;
	memset(a, 0, sizeof(*a));
	a->family = words == 1 ? FAMILY_V4 : FAMILY_V6;
	for (size_t i = 0; i < words; i++) {
		if (sscanf(hex + i * 8, "%8x", &w) != 1)
			return false;
		memcpy(a->b + i * 4, &w, 4);
	}
	return true;
}

/* Whether a socket bound to x keeps us from binding a. */
static bool
collides(const struct addr *x, const struct addr *a)
{
	return addr_equal(x, a) || addr_is_wildcard(x) || addr_is_wildcard(a);
}

static bool
find_socket(const char *table, const struct addr *a, int port, bool udp, struct holder *h)
{
	FILE *in = fopen(table, "re");
	char line[512], local[33];
	unsigned lport, state;
	struct addr x;
	bool found = false;

	if (!in)
		return false;
	while (!found && fgets(line, sizeof(line), in))
		found =
		    sscanf(line,
		           " %*d: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %lu %*u %lu",
		           local, &lport, &state, &h->uid, &h->inode) == 5 &&
		    lport == (unsigned)port &&
		    state == (udp ? UDP_BOUND_STATE : TCP_LISTEN_STATE) && proc_addr(&x, local) &&
		    collides(&x, a);
	fclose(in);
	return found;
}

static bool
has_socket(const char *pid, unsigned long inode)
{
	char path[300], want[64], link[64];
	struct dirent *d;
	bool found = false;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	snprintf(want, sizeof(want), "socket:[%lu]", inode);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (d = readdir(dir))) {
		n = readlinkat(dirfd(dir), d->d_name, link, sizeof(link) - 1);
		if (n > 0) {
			link[n] = '\0';
			found = !strcmp(link, want);
		}
	}
	closedir(dir);
	return found;
}

static void
name_process(char *dst, size_t cap, const char *pid)
{
	char path[300], comm[64] = "a process", clean[64];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	in = fopen(path, "re");
	if (in) {
		if (fgets(comm, sizeof(comm), in))
			comm[strcspn(comm, "\n")] = '\0';
		fclose(in);
	}
	text_clean(clean, sizeof(clean), comm, strlen(comm));
	snprintf(dst, cap, "%s (pid %s)", clean, pid);
}

static bool
find_process(char *dst, size_t cap, unsigned long inode)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	bool found = false;

	if (!proc)
		return false;
	while (!found && (d = readdir(proc)))
		if (isdigit((unsigned char)d->d_name[0]) && has_socket(d->d_name, inode)) {
			name_process(dst, cap, d->d_name);
			found = true;
		}
	closedir(proc);
	return found;
}

bool
portholder_find(char *dst, size_t cap, const struct addr *a, int port, bool udp)
{
	const char *v4 = udp ? "/proc/net/udp" : "/proc/net/tcp";
	const char *v6 = udp ? "/proc/net/udp6" : "/proc/net/tcp6";
	const char *own = a->family == FAMILY_V4 ? v4 : v6,
		   *other = a->family == FAMILY_V4 ? v6 : v4;
	struct holder h;
	struct passwd *pw;

	/* A socket of the other family can hold the port, too: [::] without IPV6_V6ONLY. */
	if (!find_socket(own, a, port, udp, &h) && !find_socket(other, a, port, udp, &h))
		return false;
	if (find_process(dst, cap, h.inode))
		return true;
	pw = getpwuid((uid_t)h.uid);
	if (pw)
		snprintf(dst, cap, "a process of user %s", pw->pw_name);
	else
		snprintf(dst, cap, "a process of uid %lu", h.uid);
	return true;
}

int
portholder_fault(struct fault *f, const struct addr *a, int port, bool udp, int err)
{
	char at[ENDPOINT_TEXT], who[200];

	endpoint_format(at, a, port);
	if (err == EADDRINUSE) {
		if (portholder_find(who, sizeof(who), a, port, udp))
			return fault_temp(f, "%s: address already in use by %s", at, who);
		return fault_temp(f, "%s: address already in use", at);
	}
	if (err == EACCES && port < 1024)
		return fault_temp(f, "%s: a port below 1024 needs root or CAP_NET_BIND_SERVICE",
		                  at);
	if (err == EADDRNOTAVAIL)
		return fault_temp(f, "%s: no interface has this address", at);
	return fault_temp(f, "%s: %s", at, strerror(err));
}
