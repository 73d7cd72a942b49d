#ifndef FODNS_DEATHSIG_H
#define FODNS_DEATHSIG_H

/*
 * The signal that a process asked for when its parent dies; the kernel forgets
 * it when the process becomes another user (prctl(2)), and nobody would end it.
 */
struct deathsig {
	int signal, parent; /* signal 0: none was asked for */
};

void deathsig_keep(struct deathsig *d);        /* before the change */
void deathsig_again(const struct deathsig *d); /* after it; a parent that died meanwhile counts */

#endif
