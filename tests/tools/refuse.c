/*
 * refuse SYSCALL ERRNO COMMAND...: runs it in a world where that system call fails, always and at once, with
 * that error: socket (of AF_INET and AF_INET6 alone), connect, send (sendto, sendmsg, sendmmsg) or bind.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
number(const char *name)
{
	static const struct {
		const char *name;
		int err;
	} rows[] = {{"EMFILE", EMFILE}, {"ENFILE", ENFILE}, {"ENOBUFS", ENOBUFS}, {"ENOMEM", ENOMEM},
	    {"EPERM", EPERM}, {"EACCES", EACCES}, {"EAFNOSUPPORT", EAFNOSUPPORT}, {"ENETUNREACH", ENETUNREACH},
	    {"EHOSTUNREACH", EHOSTUNREACH}, {"EADDRNOTAVAIL", EADDRNOTAVAIL}, {"EAGAIN", EAGAIN},
	    {"ENETDOWN", ENETDOWN}, {"EINVAL", EINVAL}, {"EADDRINUSE", EADDRINUSE}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].err;
	return 0;
}

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
#define EQUAL(v, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(v), (yes), (no))

int
main(int argc, char **argv)
{
	int err = argc > 3 ? number(argv[2]) : 0;
	unsigned refuse = SECCOMP_RET_ERRNO | (unsigned)err;
	struct sock_filter socket_filter[] = {LOAD(nr), EQUAL(SYS_socket, 0, 3), LOAD(args[0]), EQUAL(AF_INET, 2, 0),
	    EQUAL(AF_INET6, 1, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, refuse)};
	struct sock_filter others[] = {LOAD(nr), EQUAL(SYS_connect, 3, 0), EQUAL(SYS_connect, 2, 0), EQUAL(SYS_connect, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, refuse)};
	struct sock_fprog prog = {sizeof(others) / sizeof(*others), others};

	if (!err)
		return 2;
	if (!strcmp(argv[1], "socket"))
		prog = (struct sock_fprog){sizeof(socket_filter) / sizeof(*socket_filter), socket_filter};
	else if (!strcmp(argv[1], "bind"))
		others[1].k = others[2].k = others[3].k = SYS_bind;
	else if (!strcmp(argv[1], "send")) {
		others[1].k = SYS_sendto;
		others[2].k = SYS_sendmsg;
		others[3].k = SYS_sendmmsg;
	} else if (strcmp(argv[1], "connect") != 0)
		return 2;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0) {
		perror("seccomp");
		return 77;
	}
	execvp(argv[3], argv + 3);
	return 127;
}
