#include "edge/deathsig.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

void
deathsig_keep(struct deathsig *d)
{
	d->parent = getppid();
	if (prctl(PR_GET_PDEATHSIG, &d->signal) < 0)
		d->signal = 0;
}

void
deathsig_again(const struct deathsig *d)
{
	if (!d->signal)
		return;
	prctl(PR_SET_PDEATHSIG, d->signal);
	if (getppid() != d->parent)
		raise(d->signal);
}
