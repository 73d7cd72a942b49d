#include "edge/shared.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int
shared_make(void)
{
	int fd = memfd_create("fodns-serve", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	/* Sealed, so that a worker gone bad cannot cut it under its keeper. */
	if (fd >= 0 && (ftruncate(fd, sizeof(struct shared)) < 0 ||
	                fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

struct shared *
shared_map(int fd)
{
	void *p = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

void
shared_sum(const struct shared *s, struct answer_counts *sum)
{
	/* answer_counts is nothing but counters. */
	enum { COUNTERS = sizeof(*sum) / sizeof(uint64_t) };
	uint64_t *to = (uint64_t *)sum;

	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < SHARED_THREADS && i <= s->threads; i++) {
		const uint64_t *from = (const uint64_t *)&s->counts[i];

		for (size_t k = 0; k < COUNTERS; k++)
			to[k] += __atomic_load_n(&from[k], __ATOMIC_RELAXED);
	}
}
