#ifndef FODNS_RIGHTS_H
#define FODNS_RIGHTS_H

/* The command that gives this program cap_net_raw; a static text. */
const char *rights_setcap(void);

#endif
