#ifndef FODNS_SUPERVISE_H
#define FODNS_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Several programs as one, in the foreground: signals are passed on, and when
 * one ends, all end.  Nothing is left behind, not even when this process is
 * killed: each child asks the kernel for SIGTERM at the death of its parent.
 */
struct part {
	/* argv[0] is the program's name, looked for beside our own, then in PATH */
	char *const *argv;
	bool piped;         /* its stdout goes to the stdin of the next part */
	int pid;
};

/* Runs until all have ended; the exit status to end with: 0 after a signal, else that of the part
 * that ended first. */
int supervise(struct part *parts, size_t n);

/* The path of a program beside our own executable; NULL if there is none. Static storage. */
const char *program_path(const char *name);

/* Replaces this process by the program; returns only when it cannot, with errno. */
void program_exec(char *const *argv);

#endif
